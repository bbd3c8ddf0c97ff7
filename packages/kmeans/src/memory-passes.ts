import type { NearestOptions, PointSet } from './nearest-centroids.js';
import type { Passes } from './passes.js';
import { nearestSearch } from './search/nearest-search.js';

/** The sums of squares Σ wᵢ ‖xᵢ‖², in float64. */
function squares(values: Float32Array, width: number, weights: Float32Array | null): number {
  let total = 0;
  for (let i = 0; i < values.length; i += width) {
    let square = 0;
    for (let j = i; j < i + width; j++) square += values[j]! * values[j]!;
    total += weights ? weights[i / width]! * square : square;
  }
  return total;
}

/**
 * Passes over points that are in memory: nearest centroids on the device, sums on the host in float64.
 *
 * The objective comes from the sums: Σ wᵢ ‖xᵢ − c‖² = Σ wᵢ ‖xᵢ‖² + Σₖ (mₖ ‖cₖ‖² − 2 cₖ · sₖ).
 */
export function memoryPasses(
  points: PointSet,
  k: number,
  weights: Float32Array | null,
  options: NearestOptions,
): Passes {
  const { values, mean } = points;
  const { spherical } = options;
  const width = mean.length;
  const square = spherical ? 0 : squares(values, width, weights);
  const before = new Int32Array(values.length / width).fill(-1);
  const search = nearestSearch(points, k, options);
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
    for (let i = 0, at = 0; i < assignments.length; i++, at += width) {
      const cluster = assignments[i]!;
      if (!stale[cluster]) continue;
      const weight = weights ? weights[i]! : 1;
      const to = cluster * width;
      masses[cluster]! += weight;
      if (weight === 1) for (let j = 0; j < width; j++) sums[to + j]! += values[at + j]!;
      else for (let j = 0; j < width; j++) sums[to + j]! += weight * values[at + j]!;
    }
    before.set(assignments);
    return changed;
  }

  return {
    async pass(centroids) {
      await search.find(centroids);
      const changed = sumUp();
      let objective = square;
      for (let cluster = 0, j = 0; cluster < k; cluster++) {
        const mass = masses[cluster]!;
        for (const end = j + width; j < end; j++) {
          const c = centroids[j]!;
          objective += spherical ? c * sums[j]! : c * (mass * c - 2 * sums[j]!);
        }
      }
      return { assignments, changed, sums, masses, objective: spherical ? objective : Math.max(0, objective) };
    },
    async assign(centroids) {
      await search.find(centroids);
      return assignments;
    },
    dispose: () => search.dispose(),
  };
}
