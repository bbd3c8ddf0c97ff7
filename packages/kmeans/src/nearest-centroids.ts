import type { Tensor2D } from '@tensorflow/tfjs-core';
import { firstTwins } from './first-twins.js';
import { compareAll, defaultBlockSize } from './search/compare-all.js';
import { scoring } from './search/scoring.js';

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
  /** Awaited after each piece of work, now and then with the share of it that is done; what it throws stops the work. */
  readonly breathe: (share?: number) => Promise<void>;
}

/** Puts the two copies of the points together with their mean; owns neither. */
export function pointSet(tensor: Tensor2D, values: Float32Array): PointSet {
  const [n, width] = tensor.shape;
  const sums = new Float64Array(width);
  for (let i = 0; i < values.length; i += width) for (let j = 0; j < width; j++) sums[j]! += values[i + j]!;
  return { tensor, values, mean: Float32Array.from(sums, (sum) => sum / n) };
}

/** Finds the nearest centroid of every point, on the device; of equal centroids, the first. */
export async function nearestCentroids(
  points: PointSet,
  centroids: Float32Array,
  { spherical, blockSize, breathe }: NearestOptions,
): Promise<Int32Array> {
  const n = points.tensor.shape[0];
  const width = points.mean.length;
  const k = centroids.length / width;
  const score = scoring(points, spherical);
  try {
    const assignments = new Int32Array(n);
    await compareAll(score, centroids, assignments, { n, k, blockSize: blockSize ?? defaultBlockSize(k), breathe });
    const twins = firstTwins(centroids, width);
    return twins ? assignments.map((cluster) => twins[cluster]!) : assignments;
  } finally {
    score.dispose();
  }
}
