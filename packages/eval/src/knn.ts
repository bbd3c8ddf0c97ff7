import {
  div,
  matMul,
  maximum,
  mean,
  norm,
  slice,
  sub,
  type Tensor,
  type Tensor2D,
  tidy,
  topk,
} from '@tensorflow/tfjs-core';
import { assertFeatures, assertFinite, assertLabels, assertSameWidth, classCount } from './labelled-features.js';

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

  const { similarities, neighbours } = await nearest(train, test, k, center, blockSize);
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
      row[trainLabels[neighbours[j]!]!]! += weight;
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

/** The k most similar training rows of each test row, `[M, k]` each, best first; of equal ones the first. */
async function nearest(train: Tensor2D, test: Tensor2D, k: number, center: boolean, blockSize: number) {
  const [trained, tested] = [train.shape[0], test.shape[0]];
  const similarities = new Float32Array(tested * k).fill(Number.NEGATIVE_INFINITY);
  const neighbours = new Int32Array(tested * k);
  const middle = center ? tidy(() => mean(train, 0, true)) : null;
  const directions = (features: Tensor2D, start: number, length: number) =>
    tidy(() => {
      const rows = slice(features, [start, 0], [length, -1]);
      const moved: Tensor = middle ? sub(rows, middle) : rows;
      return div(moved, maximum(norm(moved, 2, 1, true), 1e-12)) as Tensor2D;
    });
  try {
    for (let start = 0; start < trained; start += 8 * blockSize) {
      const length = Math.min(8 * blockSize, trained - start);
      const candidates = directions(train, start, length);
      try {
        for (let first = 0; first < tested; first += blockSize) {
          const rows = Math.min(blockSize, tested - first);
          const found = tidy(() => {
            const similarity = matMul(directions(test, first, rows), candidates, false, true);
            return topk(similarity, Math.min(k, length), true);
          });
          const [values, indices] = [await found.values.data(), await found.indices.data()];
          found.values.dispose();
          found.indices.dispose();
          const width = values.length / rows;
          for (let i = 0; i < rows; i++) {
            const row = [(first + i) * k, (first + i + 1) * k] as const;
            const block = [i * width, (i + 1) * width] as const;
            merge(
              similarities.subarray(...row),
              neighbours.subarray(...row),
              values.subarray(...block),
              indices.subarray(...block),
              start,
            );
          }
        }
      } finally {
        candidates.dispose();
      }
    }
  } finally {
    middle?.dispose();
  }
  return { similarities, neighbours };
}

/** Merges a block's best into the best so far, both descending; the block's indices count from `start`. */
function merge(
  best: Float32Array,
  ids: Int32Array,
  values: ArrayLike<number>,
  indices: ArrayLike<number>,
  start: number,
) {
  const [oldBest, oldIds] = [best.slice(), ids.slice()];
  let [old, fresh] = [0, 0];
  for (let i = 0; i < best.length; i++) {
    if (fresh >= values.length || oldBest[old]! >= values[fresh]!) {
      best[i] = oldBest[old]!;
      ids[i] = oldIds[old++]!;
    } else {
      best[i] = values[fresh]!;
      ids[i] = indices[fresh++]! + start;
    }
  }
}
