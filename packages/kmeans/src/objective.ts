import { squaredDistance } from './distances-to-centroids.js';

/** A part of a pass: what the objective is made of, besides the points' squares. */
interface Sums {
  /** `[K, D]`, row-major. */
  readonly sums: Float64Array;
  /** `[K]`. */
  readonly masses: Float64Array;
}

/** Σ wᵢ ‖xᵢ − o‖², all weights being 1 if there are none, added to that of the points before. */
export function squaresAbout(
  origin: Float32Array,
  values: Float32Array,
  weights: Float32Array | null,
  before = 0,
): number {
  const width = origin.length;
  let total = before;
  for (let i = 0, at = 0; at < values.length; i++, at += width) {
    total += (weights ? weights[i]! : 1) * squaredDistance(values, at, origin, 0, width);
  }
  return total;
}

/**
 * The objective of a pass, from the sums of its clusters: Σ wᵢ ‖xᵢ − c‖² is, about the origin o, to be far from which
 * would cost digits, Σ wᵢ ‖xᵢ − o‖² + Σₖ (mₖ ‖cₖ − o‖² − 2 (cₖ − o) · (sₖ − mₖ o)); spherical: Σ wᵢ xᵢ · c = Σₖ cₖ · sₖ.
 *
 * @param squares See {@link squaresAbout}; not looked at if `spherical`.
 */
export function objectiveOf(
  centroids: Float32Array,
  { sums, masses }: Sums,
  { origin, squares, spherical }: { origin: Float32Array; squares: number; spherical: boolean },
): number {
  const width = sums.length / masses.length;
  let objective = spherical ? 0 : squares;
  for (let cluster = 0, j = 0; cluster < masses.length; cluster++) {
    const mass = masses[cluster]!;
    for (let column = 0; column < width; column++, j++) {
      if (spherical) {
        objective += centroids[j]! * sums[j]!;
      } else {
        const c = centroids[j]! - origin[column]!;
        objective += c * (mass * c - 2 * (sums[j]! - mass * origin[column]!));
      }
    }
  }
  return spherical ? objective : Math.max(0, objective);
}
