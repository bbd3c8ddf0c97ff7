import { type Tensor1D, tensor1d } from '@tensorflow/tfjs-core';
import { requireInteger, requirePositive } from './option-checks.js';

/** Options of {@link concentration}. */
export interface ConcentrationOptions {
  /** The mean of the result, τ > 0. Default 0.2, as in the paper. */
  temperature?: number;
  /** ε in the logarithm, 0 or more. Default 10, as in the paper. */
  smoothing?: number;
  /**
   * The percentiles of the level that φ is clipped to, from 0 to 100, the lower one first. Default `[10, 90]`, as in the
   * paper's code; `[0, 100]` clips nothing.
   */
  clipPercentiles?: readonly [low: number, high: number];
  /**
   * No φ is below this share of the temperature, above 0 and at most 1. Default 1/200: 0.001 at a temperature of 0.2, the
   * least that the paper's code divides by.
   */
  floor?: number;
}

/** Fills in the defaults. */
function withDefaults(options: ConcentrationOptions): Required<ConcentrationOptions> {
  const { temperature = 0.2, smoothing = 10, clipPercentiles = [10, 90], floor = 1 / 200 } = options;
  return { temperature, smoothing, clipPercentiles, floor };
}

/** The percentile of ascending numbers, interpolated linearly between its two neighbours. */
function percentile(ascending: Float64Array, share: number): number {
  const place = share * (ascending.length - 1);
  const below = Math.floor(place);
  const low = ascending[below]!;
  return low + (place - below) * ((ascending[below + 1] ?? low) - low);
}

/**
 * {@link concentration} on the host.
 *
 * @param alive `[k]` of 0 and 1: the others have no members, take no part in percentiles and mean, and have the
 *   temperature. Null: all.
 */
export function concentrationOf(
  squaredDistances: ArrayLike<number>,
  assignments: ArrayLike<number>,
  k: number,
  options: ConcentrationOptions,
  alive: ArrayLike<number> | null = null,
): Float32Array {
  const { temperature, smoothing, clipPercentiles, floor } = withDefaults(options);
  const sums = new Float64Array(k);
  const counts = new Float64Array(k);
  for (let i = 0; i < assignments.length; i++) {
    sums[assignments[i]!]! += Math.sqrt(squaredDistances[i]!);
    counts[assignments[i]!]!++;
  }
  const result = new Float32Array(k).fill(temperature);
  const phi = sums.map((sum, c) => (counts[c]! > 1 ? sum / (counts[c]! * Math.log(counts[c]! + smoothing)) : 0));
  const largest = phi.reduce((a, b) => Math.max(a, b), 0);
  if (largest === 0) return result;

  const rows = Array.from(phi.keys()).filter((c) => alive === null || alive[c] === 1);
  const filled = Float64Array.from(rows, (c) => (counts[c]! > 1 ? phi[c]! : largest));
  const ascending = filled.slice().sort();
  const [low, high] = clipPercentiles.map((percent) => percentile(ascending, percent / 100)) as [number, number];
  const clipped = filled.map((value) => Math.min(high, Math.max(low, value)));
  const mean = clipped.reduce((a, b) => a + b, 0) / rows.length;
  if (mean === 0) return result;
  clipped.forEach((value, i) => {
    result[rows[i]!] = Math.max(temperature * floor, (temperature * value) / mean);
  });
  return result;
}

/**
 * Computes the concentration φ of every prototype: small for a compact cluster of many members.
 *
 * φ(c) = Σ_{z∈Z_c} ‖z − c‖ / (|Z_c| · log(|Z_c| + ε)), Z_c being the members of c. Prototypes of at most one member take
 * the largest φ of the level; then all are clipped to the level's 10th and 90th percentile (linear interpolation) and
 * scaled so that their mean is the temperature. If no prototype has two members, or all members lie on their
 * prototypes, every φ is the temperature; none is below 1/200 of it.
 *
 * Y. Guo et al., "HCSC: Hierarchical Contrastive Selective Coding", CVPR 2022, arXiv 2202.00455; J. Li et al.,
 * "Prototypical Contrastive Learning of Unsupervised Representations", ICLR 2021, arXiv 2005.04966.
 *
 * @param squaredDistances `[N]` float32: squared Euclidean distance of each member to its centroid, as
 *   {@link kMeans} gives it.
 * @param assignments `[N]` int32, values from 0 to k − 1.
 * @param k Number of prototypes.
 * @returns `[k]` float32; the caller disposes it.
 * @throws RangeError if the lengths differ, a distance is negative or not finite, an assignment or an option is out of
 *   range.
 *
 * @example
 * ```ts
 * const { distances, assignments } = await kMeans(features, 100);
 * const phi = await concentration(distances, assignments, 100, { temperature: 0.2 });
 * ```
 */
export async function concentration(
  squaredDistances: Tensor1D,
  assignments: Tensor1D,
  k: number,
  options: ConcentrationOptions = {},
): Promise<Tensor1D> {
  requireInteger('k', k, 1);
  requireConcentrationOptions(options);
  if (squaredDistances.rank !== 1 || String(squaredDistances.shape) !== String(assignments.shape)) {
    throw new RangeError(
      `squaredDistances and assignments must both be [N], got [${squaredDistances.shape}] and [${assignments.shape}]`,
    );
  }
  if (assignments.dtype !== 'int32') throw new TypeError(`assignments must be int32, got ${assignments.dtype}`);
  const [distances, clusters] = await Promise.all([squaredDistances.data(), assignments.data()]);
  distances.forEach((distance, i) => {
    if (!(distance >= 0 && distance < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`squaredDistances must be finite and not negative, got ${distance} at ${i}`);
    }
  });
  clusters.forEach((cluster, i) => {
    if (!(cluster >= 0 && cluster < k)) {
      throw new RangeError(`assignments must be from 0 to ${k - 1} for ${k} prototypes, got ${cluster} at ${i}`);
    }
  });
  return tensor1d(concentrationOf(distances, clusters, k, options));
}

/** Throws a RangeError if an option is out of range. */
export function requireConcentrationOptions(options: ConcentrationOptions): void {
  const { temperature, smoothing, clipPercentiles, floor } = withDefaults(options);
  requirePositive('temperature', temperature);
  if (!(smoothing >= 0 && Number.isFinite(smoothing))) {
    throw new RangeError(`smoothing must be a number of at least 0, got ${smoothing}`);
  }
  const [low, high] = clipPercentiles;
  if (!(clipPercentiles.length === 2 && low >= 0 && low <= high && high <= 100)) {
    throw new RangeError(
      `clipPercentiles must be two numbers from 0 to 100, the lower one first, got [${clipPercentiles.join(', ')}]`,
    );
  }
  if (!(floor > 0 && floor <= 1)) throw new RangeError(`floor must be a number above 0 and at most 1, got ${floor}`);
}
