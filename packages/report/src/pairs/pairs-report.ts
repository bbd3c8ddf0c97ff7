import { checkImage } from '../check-image.js';
import type { ReportImage } from '../prototype-tree.js';

/** Two images that a miner put together. */
export interface ReportPair {
  /** Their positions in the set. */
  readonly images: readonly [first: number, second: number];
  /** The cosine of their features; null where it is not known. */
  readonly similarity: number | null;
  /** What they look like; an image's `label` is its class. */
  readonly pictures: readonly [first: ReportImage, second: ReportImage];
  /** What they are called, the names of their files for example. */
  readonly names?: readonly [first: string, second: string];
}

/** Pairs that are shown together. */
export interface PairSample {
  readonly title: string;
  /** How they were chosen: a sentence under the title. */
  readonly note?: string;
  readonly pairs: readonly ReportPair[];
}

/** How alike all images of a set are, two and two. */
export interface SimilarityCounts {
  /** The bins divide this range evenly. */
  readonly from: number;
  readonly to: number;
  /** Pairs of images in each bin. */
  readonly counts: ArrayLike<number>;
  /** All pairs of images that there are, if only some of them were counted. */
  readonly outOf?: number;
}

/** What became of the images of one class. */
export interface PairClass {
  readonly name: string;
  readonly images: number;
  /** How many of its images are in a pair. */
  readonly paired: number;
  /** Pairs with an image of this class, and those of them that have two. */
  readonly pairs: number;
  readonly within: number;
  /** The class that most of the other pairs are shared with, and how many; null if there is none. */
  readonly other: { readonly name: string; readonly pairs: number } | null;
}

/** How many pairs are of one class. */
export interface PairPurity {
  /** The share of pairs with one class; `NaN` without pairs. */
  readonly share: number;
  /** What pairs at random would have. */
  readonly chance: number;
  /** The share among pairs that are about equally alike: a point a group of pairs, in rising similarity. */
  readonly bySimilarity?: readonly { readonly similarity: number; readonly share: number; readonly pairs: number }[];
}

/** Everything that a page of mined pairs shows. */
export interface PairsReport {
  readonly title: string;
  readonly subtitle?: string;
  /** Label and value: encoder, images compared, miner. */
  readonly facts: readonly (readonly [label: string, value: string | number])[];
  /** How many pairs were found, and how many that are too alike. */
  readonly pairs: number;
  readonly duplicates: number;
  /** A pair is at least as alike as `lower`, a duplicate more than `upper`; null for miners that go by something else. */
  readonly thresholds: { readonly lower: number; readonly upper: number } | null;
  readonly similarities?: SimilarityCounts;
  /** Where classes are known. */
  readonly purity?: PairPurity;
  /** Groups of pairs to look at. */
  readonly samples: readonly PairSample[];
  /** Where classes are known. */
  readonly classes?: readonly PairClass[];
  /** Sentences at the end. */
  readonly notes?: readonly string[];
}

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0;

function checkCounts(where: string, counts: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(counts)) {
    if (!isCount(value)) throw new RangeError(`${where} counts ${value} ${name}: give an integer of at least 0`);
  }
}

function checkSimilarities({ from, to, counts, outOf }: SimilarityCounts): void {
  if (!(Number.isFinite(from) && Number.isFinite(to) && from < to)) {
    throw new RangeError(`Cannot draw similarities from ${from} to ${to}: give a range that rises`);
  }
  if (counts.length < 1) throw new RangeError('Cannot draw similarities without bins: give at least one count');
  const all = Array.from(counts);
  const odd = all.findIndex((count) => !isCount(count));
  if (odd >= 0)
    throw new RangeError(`Bin ${odd} of the similarities counts ${all[odd]}: give an integer of at least 0`);
  const counted = all.reduce((sum, count) => sum + count, 0);
  if (outOf !== undefined && !(outOf >= counted)) {
    throw new RangeError(`The similarities of ${counted} pairs are out of ${outOf}: give all pairs that there are`);
  }
}

function checkPurity({ share, chance, bySimilarity = [] }: PairPurity): void {
  const shares = [share, chance, ...bySimilarity.map((point) => point.share)];
  const beyond = shares.find((value) => value < 0 || value > 1);
  if (beyond !== undefined) throw new RangeError(`A share of pairs is ${beyond}: give one between 0 and 1`);
  bySimilarity.forEach(({ similarity }, i) => {
    const before = bySimilarity[i - 1]?.similarity ?? Number.NEGATIVE_INFINITY;
    if (!(similarity >= before)) {
      throw new RangeError(`The purity at similarity ${similarity} comes after ${before}: similarities must rise`);
    }
  });
}

function checkPair({ images, similarity, pictures }: ReportPair, where: string): void {
  if (similarity !== null && !Number.isFinite(similarity))
    throw new RangeError(`${where} has the similarity ${similarity}: it must be finite`);
  const odd = images.find((image) => !isCount(image));
  if (odd !== undefined) throw new RangeError(`${where} has the image ${odd}: give an integer of at least 0`);
  checkImage(pictures[0], `The first image of ${where}`);
  checkImage(pictures[1], `The second image of ${where}`);
}

/** Refuses pairs that cannot be drawn. */
export function checkSamples(samples: readonly PairSample[]): void {
  for (const { title, pairs } of samples) {
    pairs.forEach((pair, i) => {
      checkPair(pair, `pair ${i} of "${title}"`);
    });
  }
}

/** Refuses what cannot be shown honestly. */
export function checkPairsReport(report: PairsReport): void {
  const { title, pairs, duplicates, thresholds, similarities, purity, samples, classes = [] } = report;
  if (title.trim() === '') throw new RangeError('A report needs a title, got an empty one');
  checkCounts('The report', { pairs, duplicates });
  if (thresholds && !(thresholds.lower <= thresholds.upper)) {
    throw new RangeError(`The thresholds are ${thresholds.lower} and ${thresholds.upper}: give lower ≤ upper`);
  }
  if (similarities) checkSimilarities(similarities);
  if (purity) checkPurity(purity);
  checkSamples(samples);
  for (const { name, images, paired, pairs: own, within, other } of classes) {
    const where = `Class "${name}"`;
    checkCounts(where, {
      images,
      paired,
      pairs: own,
      within,
      ...(other && { [`pairs with ${other.name}`]: other.pairs }),
    });
    if (paired > images) throw new RangeError(`${where} has ${paired} of ${images} images in pairs: give at most all`);
    if (within + (other?.pairs ?? 0) > own) {
      throw new RangeError(
        `${where} has ${own} pairs, ${within} within and ${other?.pairs ?? 0} with another: give at most all`,
      );
    }
  }
}
