import type { ImageSource } from '@hcsc/data';
import type { PairSample, ReportPair } from '@hcsc/report';
import type { MinedPairs } from '@hcsc/samplers';
import { pictures } from '../pictures.js';
import { keptCosines } from './kept-features.js';
import { pairGroups, spread } from './pair-groups.js';

/** What {@link pairSamples} takes pairs from. */
export interface PairSamplesOptions {
  /** Places of all pairs, the least alike first. */
  readonly order: Uint32Array;
  /** The folder of the pairs, for what is not said of duplicates. */
  readonly folder: string;
  /** Pairs of a group. */
  readonly count: number;
}

/** Pairs to look at, and duplicates, as pictures. */
export async function pairSamples(
  mined: MinedPairs,
  source: ImageSource,
  { order, folder, count }: PairSamplesOptions,
): Promise<PairSample[]> {
  const { pairs, similarities, duplicates } = mined;
  const of = (list: Int32Array, place: number): [number, number] => [list[2 * place]!, list[2 * place + 1]!];
  const groups = pairGroups(order, count).map(({ title, note, places }) => ({
    ...{ title, note },
    pairs: places.map((place) => ({ images: of(pairs, place), similarity: similarities[place]! as number | null })),
  }));
  if (duplicates.length > 0) {
    const images = spread(duplicates.length / 2, count).map((place) => of(duplicates, place));
    const cosines = await keptCosines(folder, images);
    groups.push({
      title: 'Duplicates',
      note: 'Above the upper threshold: they are not trained on.',
      pairs: images.map((each, i) => ({ images: each, similarity: cosines[i]! })),
    });
  }
  const shown = await pictures(
    source,
    groups.flatMap((group) => group.pairs.flatMap(({ images }) => images)),
  );
  const nameOf = source.originals?.images.nameOf.bind(source.originals.images);
  const dressed = ({
    images: [first, second],
    similarity,
  }: {
    images: [number, number];
    similarity: number | null;
  }): ReportPair => ({
    ...{ images: [first, second], similarity, pictures: [shown.get(first)!, shown.get(second)!] },
    ...(nameOf && { names: [nameOf(first), nameOf(second)] }),
  });
  return groups.map((group) => ({ ...group, pairs: group.pairs.map(dressed) }));
}
