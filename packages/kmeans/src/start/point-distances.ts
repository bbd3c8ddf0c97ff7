import type { PointSet } from '../point-set.js';

/** Squared distances of points, and how much each point's counts. */
export interface PointDistances {
  /** `[N]`: ‖x − μ‖² as the device computes it, with x − μ in float32; `spherical`: 1. */
  readonly squares: Float64Array;
  /** `[N]`: by what an inner product is to be multiplied; 1, `spherical`: 1 / ‖x‖, 0 for a vector of zeros. */
  readonly scales: Float64Array;
  /** `[N]`: the weight of a point; `spherical`: times its length. */
  readonly masses: Float64Array;
  /** ‖x − c‖² of point i and row `c` of a matrix, in float64; `spherical`: of their directions, the row's being of length 1. */
  toRow(i: number, rows: Float32Array, c: number): number;
  /** The same for two points. */
  between(i: number, other: number): number;
}

/**
 * Distances between points; `spherical`: of their directions.
 *
 * What a point adds to the objective of k-means is its mass times its squared distance. For spherical k-means that is, up
 * to a factor of 2, how far its inner product with a unit centroid is from the most that it could be:
 * w ‖x‖ ‖x/‖x‖ − c‖² = 2 w (‖x‖ − x · c).
 */
export function pointDistances(
  { values, mean }: Pick<PointSet, 'values' | 'mean'>,
  weights: Float32Array | null,
  spherical: boolean,
): PointDistances {
  const width = mean.length;
  const n = values.length / width;
  const squares = new Float64Array(n);
  const scales = new Float64Array(n).fill(1);
  const masses = weights ? Float64Array.from(weights) : new Float64Array(n).fill(1);
  for (let i = 0, at = 0; i < n; i++) {
    let square = 0;
    for (let j = 0; j < width; j++, at++) {
      const value = spherical ? values[at]! : Math.fround(values[at]! - mean[j]!);
      square += value * value;
    }
    squares[i] = spherical ? 1 : square;
    if (!spherical) continue;
    const length = Math.sqrt(square);
    scales[i] = length > 0 ? 1 / length : 0;
    masses[i]! *= length;
  }

  const between = (a: number, scale: number, rows: Float32Array, b: number, other: number): number => {
    let sum = 0;
    for (let j = 0; j < width; j++) {
      const difference = values[a + j]! * scale - rows[b + j]! * other;
      sum += difference * difference;
    }
    return sum;
  };
  return {
    squares,
    scales,
    masses,
    toRow: (i, rows, c) => between(i * width, scales[i]!, rows, c * width, 1),
    between: (i, other) => between(i * width, scales[i]!, values, other * width, scales[other]!),
  };
}
