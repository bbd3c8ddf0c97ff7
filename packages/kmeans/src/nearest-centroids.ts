import { type Tensor2D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { bestMatch } from './best-match.js';
import { firstTwins } from './first-twins.js';

/** Points on the device and on the host, as the steps of k-means need them. */
export interface PointSet {
  /** `[N, D]`. */
  readonly tensor: Tensor2D;
  /** The same values, row-major. */
  readonly values: Float32Array;
  /** Their mean, `[D]`. */
  readonly mean: Float32Array;
}

/** How the nearest centroid is looked for. */
export interface NearestOptions {
  /** Look for the largest inner product rather than the smallest distance. */
  readonly spherical: boolean;
  readonly blockSize?: number;
  readonly breathe: (share?: number) => Promise<void>;
}

/** Puts the two copies of the points together with their mean; owns neither. */
export function pointSet(tensor: Tensor2D, values: Float32Array): PointSet {
  const [n, width] = tensor.shape;
  const sums = new Float64Array(width);
  for (let i = 0; i < values.length; i += width) for (let j = 0; j < width; j++) sums[j]! += values[i + j]!;
  return { tensor, values, mean: Float32Array.from(sums, (sum) => sum / n) };
}

/** Scores that are highest for the nearest centroid: 2(x − μ)·(c − μ) − ‖c − μ‖². */
function distanceScores(centroids: Float32Array, mean: Float32Array) {
  const width = mean.length;
  const k = centroids.length / width;
  const weights = new Float32Array(k * (width + 1));
  for (let c = 0; c < k; c++) {
    let square = 0;
    for (let j = 0; j < width; j++) {
      const centred = centroids[c * width + j]! - mean[j]!;
      square += centred * centred;
      weights[c * (width + 1) + j] = 2 * centred;
    }
    weights[c * (width + 1) + width] = -square;
  }
  return { weights: tensor2d(weights, [k, width + 1]), shift: tensor1d(mean) };
}

/**
 * Finds the nearest centroid of every point, on the device; of equal centroids, the first.
 *
 * The mean of the points is taken off both: this changes no distance, but keeps the digits of points far from the
 * origin.
 */
export async function nearestCentroids(
  points: PointSet,
  centroids: Float32Array,
  { spherical, blockSize, breathe }: NearestOptions,
): Promise<Int32Array> {
  const width = points.mean.length;
  const k = centroids.length / width;
  const scores = spherical ? { weights: tensor2d(centroids, [k, width]) } : distanceScores(centroids, points.mean);
  try {
    const matches = await bestMatch(points.tensor, scores, breathe, blockSize);
    try {
      const assignments = (await matches.data()) as Int32Array;
      const twins = firstTwins(centroids, width);
      return twins ? assignments.map((cluster) => twins[cluster]!) : assignments;
    } finally {
      matches.dispose();
    }
  } finally {
    for (const tensor of Object.values(scores)) tensor.dispose();
  }
}
