import { clusterEntropy } from './cluster-entropy.js';

/**
 * How evenly points are shared among clusters: the entropy of the cluster sizes over its largest value, −Σ p ln p / ln K.
 *
 * 1 if all clusters have as many points, 0 if one has all of them; 1 for a single cluster.
 *
 * @param counts The points of each of the K clusters, empty ones included.
 * @throws RangeError if there are none, one is negative or not finite, or all are 0.
 *
 * @example
 * ```ts
 * clusterBalance([10, 10, 10]); // 1
 * clusterBalance([30, 0, 0]); // 0
 * clusterBalance(await level.counts.data());
 * ```
 */
export function clusterBalance(counts: ArrayLike<number>): number {
  const entropy = clusterEntropy(counts);
  return counts.length === 1 ? 1 : Math.min(1, entropy / Math.log(counts.length));
}
