import type { NearestOptions } from './nearest-centroids.js';
import { objectiveOf, squaresAbout } from './objective.js';
import type { Passes } from './passes.js';
import type { PointSet } from './point-set.js';
import { addRow } from './row-sums.js';
import { nearestSearch } from './search/nearest-search.js';

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
  const { values, origin } = points;
  const { spherical } = options;
  const width = origin.length;
  const squares = spherical ? 0 : squaresAbout(origin, values, weights);
  const before = new Int32Array(values.length / width).fill(-1);
  const search = nearestSearch(points, k, options, settled);
  const sums = new Float64Array(k * width);
  const masses = new Float64Array(k);
  const { assignments } = search;

  /** Sums up anew the clusters whose points are no longer the same; returns how many points have another one. */
  function sumUp(): number {
    const stale = new Uint8Array(k);
    let changed = 0;
    for (let i = 0; i < assignments.length; i++) {
      const cluster = assignments[i]!;
      const last = before[i]!;
      if (cluster === last) continue;
      changed++;
      stale[cluster] = 1;
      if (last >= 0) stale[last] = 1;
    }
    if (changed === 0) return 0;
    for (let cluster = 0; cluster < k; cluster++) {
      if (!stale[cluster]) continue;
      sums.fill(0, cluster * width, (cluster + 1) * width);
      masses[cluster] = 0;
    }
    for (let i = 0; i < assignments.length; i++) {
      const cluster = assignments[i]!;
      if (!stale[cluster]) continue;
      const weight = weights ? weights[i]! : 1;
      masses[cluster]! += weight;
      addRow(sums, cluster * width, values, i * width, width, weight);
    }
    before.set(assignments);
    return changed;
  }

  return {
    async pass(centroids) {
      await search.find(centroids);
      const changed = sumUp();
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
