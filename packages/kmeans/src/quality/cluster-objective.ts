import { rowWidth } from './row-width.js';

/** What {@link clusterObjective} takes besides the clustering. */
export interface ClusterObjectiveOptions {
  /** Sum inner products, which k-means on the sphere makes large, rather than squared distances. Default false. */
  spherical?: boolean;
}

/**
 * What k-means makes small: the sum of squared distances of points from their centroids, scikit-learn's inertia.
 *
 * Σ_i ‖x_i − c_a(i)‖², summed in float64; for spherical k-means Σ_i x_i · c_a(i), which it makes large. `kMeans` reports it for
 * the points it learnt from; here it is of any points, centroids and assignments.
 *
 * @param points `[N, D]`, row-major.
 * @param centroids `[K, D]`, row-major.
 * @param assignments `[N]`: the centroid of each point, from 0 to K − 1.
 * @throws RangeError if the sizes do not fit, a centroid is not there, or a point or its centroid is not finite.
 *
 * @example
 * ```ts
 * clusterObjective([0, 0, 2, 0, 5, 5], [1, 0, 5, 5], [0, 0, 1]); // 2: two points at distance 1 from [1, 0], one at its own
 * clusterObjective(await points.data(), await clusters.centroids.data(), await clusters.assignments.data());
 * ```
 */
export function clusterObjective(
  points: ArrayLike<number>,
  centroids: ArrayLike<number>,
  assignments: ArrayLike<number>,
  { spherical = false }: ClusterObjectiveOptions = {},
): number {
  const width = rowWidth(points, assignments);
  const k = centroids.length / width;
  if (!(Number.isInteger(k) && k > 0)) {
    throw new RangeError(
      `Cannot read ${centroids.length} numbers as centroids of points of width ${width}: give rows of that width, at least 1`,
    );
  }
  let objective = 0;
  for (let i = 0; i < assignments.length; i++) {
    const cluster = assignments[i]!;
    if (!(Number.isInteger(cluster) && cluster >= 0 && cluster < k)) {
      throw new RangeError(`Cannot take centroid ${cluster} of ${k} for point ${i}: give integers from 0 to ${k - 1}`);
    }
    let sum = 0;
    for (let j = 0; j < width; j++) {
      const value = points[i * width + j]!;
      const other = centroids[cluster * width + j]!;
      sum += spherical ? value * other : (value - other) * (value - other);
    }
    if (!Number.isFinite(sum)) {
      throw new RangeError(`Cannot measure point ${i} against centroid ${cluster}: both must be finite, got ${sum}`);
    }
    objective += sum;
  }
  return objective;
}
