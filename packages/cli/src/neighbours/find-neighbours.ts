import { type ImageSource, subset } from '@hcsc/data';
import { extractFeatures, findNearest, type NearestNeighbours, neighbourOverlap, neighbourPurity } from '@hcsc/eval';
import { createRng, type Rng } from '@hcsc/random';
import {
  concat,
  dispose,
  gather,
  split,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Splits } from '../evaluate.js';
import { className } from '../pictures.js';

/** One of the images nearest to another: its position among all that neighbours could be drawn from, and the cosine. */
export interface FoundNeighbour {
  readonly image: number;
  readonly similarity: number;
}

/** The nearest neighbours of some images, as plain JSON. */
export interface FoundNeighbours {
  readonly k: number;
  /** The names of the features, in their order. */
  readonly features: readonly string[];
  /** Where neighbours were looked for: `count` images drawn from the `outOf` of a set. */
  readonly candidates: { readonly set: string; readonly count: number; readonly outOf: number };
  /** The images that figures are over, drawn from the `outOf` of a set. */
  readonly queries: { readonly set: string; readonly count: number; readonly outOf: number };
  /** Some of the queries, with their neighbours under each feature. */
  readonly rows: readonly {
    readonly image: number;
    /** Null where it is not known. */
    readonly class: string | null;
    readonly neighbours: Readonly<Record<string, readonly FoundNeighbour[]>>;
  }[];
  /** The share of neighbours of the query's class by feature, and what images at random would have; null without labels. */
  readonly purity: { readonly shares: Readonly<Record<string, number>>; readonly chance: number } | null;
  /** What every two features have in common. */
  readonly shared: readonly {
    readonly features: readonly [first: string, second: string];
    readonly shared: number;
    readonly jaccard: number;
  }[];
}

/** What {@link findNeighbours} looks at; the defaults are those of a report. */
export interface FindNeighboursOptions {
  /** Of the draws. */
  readonly seed: number;
  /** Neighbours of an image. Default 5; fewer in smaller sets. */
  readonly k?: number;
  /** Images with their neighbours, spread over the classes. Default 10. */
  readonly rows?: number;
  /** Test images that figures are over, at most. Default 1,000. */
  readonly queries?: number;
  /** Training images that neighbours are looked for among, at most. Default 20,000. */
  readonly candidates?: number;
}

/** Images of a set by their positions, with the features of each. */
interface Drawn {
  readonly images: Int32Array;
  readonly labels: Int32Array | null;
  /** By name, `[images, D]`. */
  readonly features: ReadonlyMap<string, Tensor2D>;
}

/** Images at a time. It divides round numbers, so that features that are compiled see batches of one size only. */
const BATCH = 250;

/** Cosines have no more digits than float32 can tell. */
const rounded = (cosine: number): number => Math.round(cosine * 1e6) / 1e6;

/** From images in [0, 1] to rows `[N, D]`, by the names of the features. */
export type NamedFeatures = Readonly<Record<string, (images: Tensor4D) => Tensor>>;

/** Features of images drawn from a set, without those that cannot be read: all features in one go. */
async function draw(source: ImageSource, most: number, encoders: NamedFeatures, rng: Rng): Promise<Drawn> {
  const count = Math.min(most, source.length);
  const chosen = count < source.length ? rng.permutation(source.length).slice(0, count).sort() : null;
  const part = subset(source, chosen ?? count);
  const widths: number[] = [];
  const all = await extractFeatures(
    (images) => {
      const rows = Object.values(encoders).map((encode) => encode(images));
      widths.splice(0, widths.length, ...rows.map((one) => one.shape[1]!));
      return concat(rows, 1);
    },
    part,
    { batchSize: BATCH },
  );
  const left = new Set(part.unreadable?.map(({ index }) => index));
  const kept = Int32Array.from({ length: count }, (_, i) => i).filter((i) => !left.has(i));
  try {
    const parts = tidy(() => {
      const readable = left.size > 0 ? gather(all, tensor1d(kept, 'int32')) : all;
      return split(readable, widths, 1) as Tensor2D[];
    });
    const names = Object.keys(encoders);
    return {
      images: kept.map((i) => chosen?.[i] ?? i),
      labels: part.labels && kept.map((i) => part.labels![i]!),
      features: new Map(parts.map((rows, i) => [names[i]!, rows])),
    };
  } finally {
    all.dispose();
  }
}

/** Which queries to show: drawn, and one of each class before a second one of any. */
function spreadOverClasses({ images, labels }: Drawn, count: number, rng: Rng): number[] {
  const seen = new Map<number, number>();
  const drawn = Array.from(rng.permutation(images.length), (query) => {
    const label = labels?.[query] ?? 0;
    const before = seen.get(label) ?? 0;
    seen.set(label, before + 1);
    return { query, label, before };
  });
  const shown = labels ? drawn.sort((a, b) => a.before - b.before).slice(0, count) : drawn.slice(0, count);
  return shown.sort((a, b) => a.label - b.label).map(({ query }) => query);
}

/**
 * Finds the nearest training images of some test images under each of several features.
 *
 * Both are drawn with the seed: equal seeds look at the same images, whatever the features.
 *
 * @throws RangeError (the promise rejects) if features are not finite; what reading throws. No tensor is left behind.
 */
export async function findNeighbours(
  encoders: NamedFeatures,
  { train, test }: Splits,
  { seed, k: asked = 5, rows = 10, queries: mostQueries = 1000, candidates: most = 20_000 }: FindNeighboursOptions,
): Promise<FoundNeighbours> {
  const rng = createRng(seed).fork('neighbours');
  const names = Object.keys(encoders);
  const drawn: Drawn[] = [];
  try {
    const candidates = await draw(train, most, encoders, rng.fork('candidates'));
    drawn.push(candidates);
    const queries = await draw(test, mostQueries, encoders, rng.fork('queries'));
    drawn.push(queries);
    const k = Math.min(asked, candidates.images.length);
    const found = new Map<string, NearestNeighbours>();
    for (const name of names) {
      found.set(name, await findNearest(candidates.features.get(name)!, queries.features.get(name)!, { k }));
    }
    const { images, labels } = candidates;
    const of = (name: string, query: number): FoundNeighbour[] => {
      const { indices, similarities } = found.get(name)!;
      const places = Array.from({ length: k }, (_, i) => query * k + i);
      return places.map((i) => ({ image: images[indices[i]!]!, similarity: rounded(similarities[i]!) }));
    };
    const { images: asking, labels: own } = queries;
    const purities = labels && own && names.map((name) => neighbourPurity(found.get(name)!, labels, own));
    return {
      ...{ k, features: names },
      candidates: { set: train.name, count: images.length, outOf: train.length },
      queries: { set: test.name, count: asking.length, outOf: test.length },
      rows: spreadOverClasses(queries, rows, rng.fork('rows')).map((query) => ({
        image: asking[query]!,
        class: own ? className(test, own[query]!) : null,
        neighbours: Object.fromEntries(names.map((name) => [name, of(name, query)])),
      })),
      purity: purities && {
        shares: Object.fromEntries(purities.map(({ share }, i) => [names[i]!, share])),
        chance: purities[0]!.chance,
      },
      shared: names.flatMap((first, i) =>
        names.slice(i + 1).map((second) => {
          const overlap = neighbourOverlap(found.get(first)!, found.get(second)!);
          return { features: [first, second] as const, ...overlap };
        }),
      ),
    };
  } finally {
    for (const { features } of drawn) dispose([...features.values()]);
  }
}
