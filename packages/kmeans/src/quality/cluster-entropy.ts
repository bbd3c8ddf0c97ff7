/** Throws a RangeError unless `counts` are sizes of clusters, with at least one point among them; returns copies and sum. */
export function readCounts(counts: ArrayLike<number>): { sizes: number[]; points: number } {
  const sizes = Array.from(counts);
  const wrong = sizes.findIndex((size) => !(size >= 0 && size < Number.POSITIVE_INFINITY));
  if (wrong >= 0) {
    throw new RangeError(`Cannot weigh a cluster of ${sizes[wrong]} points (number ${wrong}): give 0 or more`);
  }
  const points = sizes.reduce((a, b) => a + b, 0);
  if (points === 0) {
    throw new RangeError(`Cannot weigh ${sizes.length} clusters without points: give at least 1 point`);
  }
  return { sizes, points };
}

/**
 * The entropy of cluster sizes, −Σ p ln p with p the share of points in a cluster, in nats.
 *
 * 0 if one cluster has all points, ln K if all K have as many; e to this power is the number of clusters in effect. See
 * {@link clusterBalance} for the same from 0 to 1.
 *
 * @param counts The points of each of the K clusters, empty ones included.
 * @throws RangeError if there are none, one is negative or not finite, or all are 0.
 *
 * @example
 * ```ts
 * clusterEntropy([10, 10]); // ln 2 = 0.693
 * Math.exp(clusterEntropy([10, 0, 10, 0])); // 2: as good as two clusters
 * ```
 */
export function clusterEntropy(counts: ArrayLike<number>): number {
  const { sizes, points } = readCounts(counts);
  let entropy = 0;
  for (const size of sizes) if (size > 0) entropy -= (size / points) * Math.log(size / points);
  return Math.max(0, entropy);
}
