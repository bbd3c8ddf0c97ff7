import { clusterSums } from './cluster-sums.js';
import type { NearestOptions } from './nearest-centroids.js';
import { objectiveOf, squaresAbout } from './objective.js';
import type { Passes } from './passes.js';
import type { PointSet } from './point-set.js';
import { nearestSearch } from './search/nearest-search.js';

/** Σ wᵢ ‖xᵢ − o‖² */
function totalSquares({ origin, values, squares }: PointSet, weights: Float32Array | null): number {
  if (origin.some((value) => value !== 0)) return squaresAbout(origin, values, weights);
  return squares.reduce((total, square, i) => total + (weights ? weights[i]! : 1) * square, 0);
}

/**
 * Passes over points that are in memory: nearest centroids on the device, sums on the host in float64.
 *
 * @param settled The first centroids will not move far.
 */
export function memoryPasses(
  points: PointSet,
  k: number,
  weights: Float32Array | null,
  options: NearestOptions,
  settled = false,
): Passes {
  const { origin } = points;
  const { spherical } = options;
  const squares = spherical ? 0 : totalSquares(points, weights);
  const search = nearestSearch(points, k, options, settled);
  const { sums, masses, follow } = clusterSums(points, k, weights);
  const { assignments } = search;

  return {
    async pass(centroids) {
      await search.find(centroids);
      const changed = follow(assignments);
      const objective = objectiveOf(centroids, { sums, masses }, { origin, squares, spherical });
      return { assignments, changed, sums, masses, objective };
    },
    async assign(centroids) {
      await search.find(centroids);
      return assignments;
    },
    dispose: () => search.dispose(),
  };
}
