import { readCounts } from './cluster-entropy.js';

/**
 * How unevenly points are shared among clusters, as faiss reports it: K Σ n_k² / N².
 *
 * 1 if all K clusters have as many points, K if one has all of them: by how much longer a search of a point's own cluster
 * takes than if all were alike.
 *
 * @param counts The points of each of the K clusters, empty ones included.
 * @throws RangeError if there are none, one is negative or not finite, or all are 0.
 *
 * @example
 * ```ts
 * imbalanceFactor([10, 10, 10]); // 1
 * imbalanceFactor([30, 0, 0]); // 3
 * ```
 */
export function imbalanceFactor(counts: ArrayLike<number>): number {
  const { sizes, points } = readCounts(counts);
  return sizes.reduce((sum, size) => sum + sizes.length * (size / points) * (size / points), 0);
}
