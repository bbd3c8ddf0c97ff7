import { type NearestOptions, nearestCentroids, type PointSet } from './nearest-centroids.js';
import type { Passes } from './passes.js';

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
  const width = mean.length;
  const square = options.spherical ? 0 : squares(values, width, weights);
  let before: Int32Array | null = null;
  return {
    async pass(centroids) {
      const assignments = await nearestCentroids(points, centroids, options);
      const sums = new Float64Array(k * width);
      const masses = new Float64Array(k);
      let changed = 0;
      for (let i = 0; i < assignments.length; i++) {
        const cluster = assignments[i]!;
        if (before?.[i] !== cluster) changed++;
        const weight = weights ? weights[i]! : 1;
        masses[cluster]! += weight;
        for (let j = 0; j < width; j++) sums[cluster * width + j]! += weight * values[i * width + j]!;
      }
      before = assignments;
      let objective = square;
      for (let j = 0; j < sums.length; j++) {
        const c = centroids[j]!;
        const mass = masses[Math.floor(j / width)]!;
        objective += options.spherical ? c * sums[j]! : c * (mass * c - 2 * sums[j]!);
      }
      return { assignments, changed, sums, masses, objective: options.spherical ? objective : Math.max(0, objective) };
    },
    dispose() {},
  };
}
