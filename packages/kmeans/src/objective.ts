/** A part of a pass: what the objective is made of, besides the points' squares. */
interface Sums {
  /** `[K, D]`, row-major. */
  readonly sums: Float64Array;
  /** `[K]`. */
  readonly masses: Float64Array;
}

/**
 * The objective of a pass, from the sums of its clusters: Σ wᵢ ‖xᵢ − c‖² = Σ wᵢ ‖xᵢ‖² + Σₖ (mₖ ‖cₖ‖² − 2 cₖ · sₖ);
 * spherical: Σ wᵢ xᵢ · c = Σₖ cₖ · sₖ.
 *
 * @param squares Σ wᵢ ‖xᵢ‖².
 */
export function objectiveOf(
  centroids: Float32Array,
  { sums, masses }: Sums,
  squares: number,
  spherical: boolean,
): number {
  const width = sums.length / masses.length;
  let objective = spherical ? 0 : squares;
  for (let cluster = 0, j = 0; cluster < masses.length; cluster++) {
    const mass = masses[cluster]!;
    for (const end = j + width; j < end; j++) {
      const c = centroids[j]!;
      objective += spherical ? c * sums[j]! : c * (mass * c - 2 * sums[j]!);
    }
  }
  return spherical ? objective : Math.max(0, objective);
}
