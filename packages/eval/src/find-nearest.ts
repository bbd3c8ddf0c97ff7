import type { Tensor2D } from '@tensorflow/tfjs-core';
import { assertFeatures, assertFinite, assertSameWidth } from './labelled-features.js';
import { searchNearest } from './search-nearest.js';

/** Options of {@link findNearest}. */
export interface FindNearestOptions {
  /** Neighbours of each query. Default 5. */
  k?: number;
  /** Subtract the mean of the candidates first, from both. Default false. */
  center?: boolean;
  /** At most so many queries are compared with 8 times so many candidates at once. Default 1024. */
  blockSize?: number;
  /** Look for NaN and infinite features first. Default true. */
  check?: boolean;
}

/** The most similar candidates of each query, the most similar first. */
export interface NearestNeighbours {
  readonly k: number;
  /** `[M, k]`, row-major: rows of the candidates. */
  readonly indices: Int32Array;
  /** `[M, k]`, row-major: their cosine similarities. */
  readonly similarities: Float32Array;
}

/**
 * Finds the k candidates with the largest cosine similarity to each query: the search that {@link knn} votes with.
 *
 * Features need not be normalised. Computed block by block; nothing larger than blockSize × 8·blockSize is held.
 *
 * @param candidates `[N, D]` float32, kept.
 * @param queries `[M, D]` float32, kept.
 * @returns plain arrays; of candidates that are equally similar the first comes first.
 * @throws RangeError (the promise rejects) if k is above N, widths do not fit, or a feature is not finite; TypeError for
 *   other than `[N, D]` float32.
 *
 * @example
 * ```ts
 * const { indices, similarities } = await findNearest(trainFeatures, testFeatures, { k: 5 });
 * ```
 */
export async function findNearest(
  candidates: Tensor2D,
  queries: Tensor2D,
  { k = 5, center = false, blockSize = 1024, check = true }: FindNearestOptions = {},
): Promise<NearestNeighbours> {
  assertFeatures('candidate', candidates);
  assertFeatures('query', queries);
  assertSameWidth(candidates, queries, ['candidate', 'query']);
  const n = candidates.shape[0];
  if (!Number.isInteger(k) || k < 1 || k > n) {
    throw new RangeError(`Cannot find the ${k} nearest of ${n} candidates: give k from 1 to ${n}`);
  }
  if (!Number.isInteger(blockSize) || blockSize < 1) {
    throw new RangeError(`Cannot compare in blocks of ${blockSize}: give an integer of at least 1`);
  }
  if (check) {
    await assertFinite('candidate', candidates);
    await assertFinite('query', queries);
  }
  return { k, ...(await searchNearest(candidates, queries, { k, center, blockSize })) };
}
