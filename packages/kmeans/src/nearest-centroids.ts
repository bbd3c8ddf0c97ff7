import { firstTwins } from './first-twins.js';
import type { PointSet } from './point-set.js';
import { compareAll, defaultBlockSize } from './search/compare-all.js';
import { scoring } from './search/scoring.js';

/** How the nearest centroid is looked for. */
export interface NearestOptions {
  /** Look for the largest inner product rather than the smallest distance. */
  readonly spherical: boolean;
  readonly blockSize?: number;
  /** Awaited after each piece of work, now and then with the share of it that is done; what it throws stops the work. */
  readonly breathe: (share?: number) => Promise<void>;
}

/** Finds the nearest centroid of every point, on the device; of equal centroids, the first. */
export async function nearestCentroids(
  points: Pick<PointSet, 'tensor' | 'origin'>,
  centroids: Float32Array,
  { spherical, blockSize, breathe }: NearestOptions,
): Promise<Int32Array> {
  const n = points.tensor.shape[0];
  const width = points.origin.length;
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
