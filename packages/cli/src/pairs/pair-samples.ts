import type { ImageSource } from '@hcsc/data';
import type { PairSample, ReportImage, ReportPair } from '@hcsc/report';
import type { MinedPairs } from '@hcsc/samplers';
import { reportImage } from '../report-image.js';
import { keptCosines } from './kept-features.js';
import { pairGroups, spread } from './pair-groups.js';

/** A class by its name; by its number if it has none. */
export const className = ({ classes }: Pick<ImageSource, 'classes'>, label: number): string =>
  classes?.[label] ?? String(label);

/** Images of a source as pictures with their classes, by their positions. */
async function pictures(source: ImageSource, wanted: Iterable<number>): Promise<Map<number, ReportImage>> {
  const { shape, labels } = source;
  const indices = [...new Set(wanted)];
  const size = shape[0] * shape[1] * shape[2];
  const bytes = indices.length > 0 ? await source.read(indices) : new Uint8Array(0);
  return new Map(
    indices.map((index, i) => {
      const label = labels ? className(source, labels[index]!) : undefined;
      return [index, reportImage(bytes.subarray(i * size, (i + 1) * size), shape, label)];
    }),
  );
}

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
