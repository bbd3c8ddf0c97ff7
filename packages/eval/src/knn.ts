import type { Tensor2D } from '@tensorflow/tfjs-core';
import { assertFeatures, assertFinite, assertLabels, assertSameWidth, classCount } from './labelled-features.js';
import { searchNearest } from './search-nearest.js';

/** Options of {@link knn}. */
export interface KnnOptions {
  /** Neighbours that vote. Default 20; {@link knnProtocol} has 200, for sets as large as ImageNet. */
  k?: number;
  /** The temperature T of the votes. Default 0.07 (InstDisc, MoCo, HCSC). */
  temperature?: number;
  /** The number of classes. Default: one more than the largest label. */
  classes?: number;
  /**
   * Subtract the mean of the training features first, from both. Default false, as in the papers. Features that share a
   * large common part, such as raw pixels, tell more apart with it.
   */
  center?: boolean;
  /** At most so many test rows are compared with 8 times so many training rows at once. Default 1024. */
  blockSize?: number;
  /** Also return each class's share of the votes. Default false. */
  votes?: boolean;
  /** Look for NaN and infinite features first. Default true. */
  check?: boolean;
}

/** What {@link knn} finds without test labels. */
export interface KnnPredictions {
  /** `[M]`: the class with the most votes; of equal ones the first. */
  readonly predictions: Int32Array;
  /** `[M, classes]`, row-major: shares of the votes, each row sums to 1; null unless asked for. */
  readonly votes: Float32Array | null;
}

/** What {@link knn} finds with test labels. */
export interface KnnResult extends KnnPredictions {
  /** The fraction (0 to 1) of test rows whose class has the most votes. */
  readonly top1: number;
  /** The fraction of test rows whose class is among the five with the most votes; a class without votes never is. */
  readonly top5: number;
}

/** The protocol of HCSC (and of InstDisc and MoCo before it) for ImageNet: k 200, T 0.07. */
export const knnProtocol = Object.freeze({ k: 200, temperature: 0.07 }) satisfies KnnOptions;

/**
 * Classifies by the weighted vote of the k most similar training features (InstDisc, arXiv 1805.01978, section 3.4).
 *
 * Class c gets Σ exp(s_i / T) over those of the k nearest neighbours that are of class c, s_i the cosine similarity.
 * Features need not be normalised. Computed block by block; nothing larger than blockSize × 8·blockSize is held.
 *
 * @param train `[N, D]` float32, kept; `trainLabels` has N class numbers.
 * @param test `[M, D]` float32, kept; `testLabels` has M, or is null if only predictions are wanted.
 * @throws RangeError (the promise rejects) if k is above N, widths or lengths do not fit, a label is no class, or a
 *   feature is not finite; TypeError for other than `[N, D]` float32.
 *
 * @example
 * ```ts
 * const { top1 } = await knn(trainFeatures, train.labels, testFeatures, test.labels, { k: 20 });
 * console.log(`${(100 * top1).toFixed(1)} %`);
 * ```
 */
export function knn(
  train: Tensor2D,
  trainLabels: Int32Array,
  test: Tensor2D,
  testLabels: Int32Array,
  options?: KnnOptions,
): Promise<KnnResult>;
/** The same without test labels: predictions only. */
export function knn(
  train: Tensor2D,
  trainLabels: Int32Array,
  test: Tensor2D,
  testLabels: null,
  options?: KnnOptions,
): Promise<KnnPredictions>;
export async function knn(
  train: Tensor2D,
  trainLabels: Int32Array,
  test: Tensor2D,
  testLabels: Int32Array | null,
  {
    k = 20,
    temperature = 0.07,
    classes: givenClasses,
    center = false,
    blockSize = 1024,
    votes: wantVotes = false,
    check = true,
  }: KnnOptions = {},
): Promise<KnnPredictions | KnnResult> {
  assertFeatures('training', train);
  assertFeatures('test', test);
  assertSameWidth(train, test);
  const [trained, tested] = [train.shape[0], test.shape[0]];
  assertLabels('training', trainLabels, trained);
  if (testLabels) assertLabels('test', testLabels, tested);
  const classes = classCount(givenClasses, trainLabels, testLabels ?? []);
  if (!Number.isInteger(k) || k < 1 || k > trained) {
    throw new RangeError(`Cannot find the ${k} nearest of ${trained} training features: give k from 1 to ${trained}`);
  }
  if (!(temperature > 0 && Number.isFinite(temperature))) {
    throw new RangeError(`Cannot weigh votes with temperature ${temperature}: give a number above 0`);
  }
  if (!Number.isInteger(blockSize) || blockSize < 1) {
    throw new RangeError(`Cannot compare in blocks of ${blockSize}: give an integer of at least 1`);
  }
  if (check) {
    await assertFinite('training', train);
    await assertFinite('test', test);
  }

  const { similarities, indices } = await searchNearest(train, test, { k, center, blockSize });
  const predictions = new Int32Array(tested);
  const votes = wantVotes ? new Float32Array(tested * classes) : null;
  const row = new Float64Array(classes);
  let [hits, hitsIn5] = [0, 0];
  for (let i = 0; i < tested; i++) {
    row.fill(0);
    const best = similarities[i * k]!; // shares do not change if every similarity is shifted, and nothing overflows
    let total = 0;
    for (let j = i * k; j < (i + 1) * k; j++) {
      const weight = Math.exp((similarities[j]! - best) / temperature);
      row[trainLabels[indices[j]!]!]! += weight;
      total += weight;
    }
    predictions[i] = row.indexOf(Math.max(...row));
    votes?.set(
      row.map((vote) => vote / total),
      i * classes,
    );
    if (testLabels) {
      const rank = rankOf(testLabels[i]!, row);
      if (rank < 1) hits++;
      if (rank < 5) hitsIn5++;
    }
  }
  return testLabels ? { top1: hits / tested, top5: hitsIn5 / tested, predictions, votes } : { predictions, votes };
}

/** How many classes come before this one; Infinity for one without votes. */
function rankOf(label: number, votes: Float64Array): number {
  const own = votes[label]!;
  if (own === 0) return Number.POSITIVE_INFINITY;
  let rank = 0;
  for (let c = 0; c < votes.length; c++) if (votes[c]! > own || (votes[c] === own && c < label)) rank++;
  return rank;
}
