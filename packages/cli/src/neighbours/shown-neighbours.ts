import type { ReportImage, ReportNeighbours } from '@hcsc/report';
import type { Splits } from '../evaluate.js';
import { pictures } from '../pictures.js';
import type { FoundNeighbours } from './find-neighbours.js';

/** Neighbours that were found, with the pictures of all of them: read by their positions, from the sets they were found in. */
export async function shownNeighbours(found: FoundNeighbours, { train, test }: Splits): Promise<ReportNeighbours> {
  const { k, features, candidates, queries, rows, purity, shared } = found;
  const near = rows.flatMap(({ neighbours }) => Object.values(neighbours).flat());
  const [asking, answering] = [
    await pictures(
      test,
      rows.map(({ image }) => image),
    ),
    await pictures(
      train,
      near.map(({ image }) => image),
    ),
  ];
  const of = (all: ReadonlyMap<number, ReportImage>, image: number) => ({ image, picture: all.get(image)! });
  return {
    ...{ features, k, queriesOf: queries.set },
    candidates: { name: candidates.set, count: candidates.count, outOf: candidates.outOf },
    rows: rows.map(({ image, neighbours }) => ({
      query: of(asking, image),
      neighbours: features.map((name) =>
        neighbours[name]!.map(({ image: other, similarity }) => ({ ...of(answering, other), similarity })),
      ),
    })),
    figures: {
      queries: queries.count,
      ...(purity && { purity: { shares: features.map((name) => purity.shares[name]!), chance: purity.chance } }),
      shared,
    },
  };
}
