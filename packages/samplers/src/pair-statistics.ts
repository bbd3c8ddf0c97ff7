import type { MinedPairs } from './positive-miner.js';

/** Options of {@link pairStatistics}. */
export interface PairStatisticsOptions {
  /** The class of each image, `[N]` integers. */
  labels?: ArrayLike<number>;
}

/** What the pairs of one class are like. */
export interface ClassPairs {
  label: number;
  /** Images of the class. */
  images: number;
  /** Those of them that are in a pair. */
  paired: number;
  /** Pairs with an image of the class, whatever the other one's. */
  pairs: number;
  /** Pairs of two images of the class. */
  pure: number;
}

/** What mined pairs are like. */
export interface PairStatistics {
  /** P. */
  pairs: number;
  /** Pairs that were too alike. */
  duplicates: number;
  /** The share of images that are in a pair. */
  coverage: number;
  /**
   * How evenly the images take part, from 0 to 1: the entropy of the share of pair ends that each image has, over log N. 1 if
   * all take part alike, low if few images are in most pairs; `null` without pairs.
   */
  entropy: number | null;
  /** Quantiles of the cosines, between two values by proportion; `null` without pairs. */
  similarity: { min: number; lowerQuartile: number; median: number; upperQuartile: number; max: number } | null;
  /** The share of pairs with one label; `null` without labels or pairs. */
  purity: number | null;
  /** The share of all possible pairs with one label: what pairs at random would have; `null` without labels, or of one image. */
  chancePurity: number | null;
  /** Counts of every class, by rising label; `null` without labels. A pair of two classes counts in both. */
  classes: ClassPairs[] | null;
}

/**
 * Describes what a miner found: how many pairs, of how many images, how alike, and how many are of one class.
 *
 * @throws RangeError if `labels` are not as many as images.
 *
 * @example
 * ```ts
 * const { pairs, purity, chancePurity } = pairStatistics(await semanticPairs().mine({ features }), { labels });
 * console.log(`${pairs} pairs, ${purity} of one class; at random ${chancePurity}`);
 * ```
 */
export function pairStatistics(mined: MinedPairs, { labels }: PairStatisticsOptions = {}): PairStatistics {
  const { images, pairs, similarities, duplicates } = mined;
  if (labels && labels.length !== images) {
    throw new RangeError(`Cannot describe pairs: needed a label for each of ${images} images, got ${labels.length}`);
  }
  const count = similarities.length;
  const ends = new Float64Array(images);
  for (const image of pairs) ends[image]!++;
  const classes = labels ? countClasses(mined, labels, ends) : null;
  const pure = classes?.reduce((sum, each) => sum + each.pure, 0);
  return {
    pairs: count,
    duplicates: duplicates.length / 2,
    coverage: ends.filter((times) => times > 0).length / images,
    entropy: count > 0 ? entropyOf(ends) / Math.log(images) : null,
    similarity: count > 0 ? quantilesOf(similarities) : null,
    purity: pure !== undefined && count > 0 ? pure / count : null,
    chancePurity: classes && images > 1 ? chanceOf(classes, images) : null,
    classes,
  };
}

function countClasses({ pairs }: MinedPairs, labels: ArrayLike<number>, ends: Float64Array): ClassPairs[] {
  const classes = new Map<number, ClassPairs>();
  const of = (image: number) => classes.get(labels[image]!)!;
  for (let image = 0; image < labels.length; image++) {
    const label = labels[image]!;
    if (!classes.has(label)) classes.set(label, { label, images: 0, paired: 0, pairs: 0, pure: 0 });
    of(image).images++;
    if (ends[image]! > 0) of(image).paired++;
  }
  for (let at = 0; at < pairs.length; at += 2) {
    const [one, other] = [of(pairs[at]!), of(pairs[at + 1]!)];
    one.pairs++;
    if (one === other) one.pure++;
    else other.pairs++;
  }
  return [...classes.values()].sort((a, b) => a.label - b.label);
}

/** The entropy of counts, in nats. */
function entropyOf(counts: Float64Array): number {
  const total = counts.reduce((sum, each) => sum + each, 0);
  return counts.reduce((sum, each) => (each > 0 ? sum - (each / total) * Math.log(each / total) : sum), 0);
}

function quantilesOf(values: Float32Array): NonNullable<PairStatistics['similarity']> {
  const sorted = values.slice().sort();
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
    return below + (above - below) * (place - Math.floor(place));
  };
  return { min: at(0), lowerQuartile: at(0.25), median: at(0.5), upperQuartile: at(0.75), max: at(1) };
}

function chanceOf(classes: readonly ClassPairs[], images: number): number {
  const same = classes.reduce((sum, each) => sum + each.images * (each.images - 1), 0);
  return same / (images * (images - 1));
}
