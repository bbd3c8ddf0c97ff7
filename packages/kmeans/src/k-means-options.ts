import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { KMeansIteration } from './lloyd.js';
import { requireInteger } from './option-checks.js';
import { requirePoints } from './read-points.js';

/** Options of {@link kMeans}; the defaults are those of faiss. */
export interface KMeansOptions {
  /** Updates of the centroids per run, 0 or more; 0 only assigns. Default 25 (HCSC: 20). */
  iterations?: number;
  /** Runs, each from another start; the one with the best last objective is kept. Default 1 (HCSC: 5). */
  restarts?: number;
  /** Decides starts and subsample, an integer of at least 0. Default 1234. */
  seed?: number;
  /** With fewer points per centroid than this, `onWarning` is told. Default 39 (HCSC: 10). */
  minPointsPerCentroid?: number;
  /**
   * With more points per centroid than this, the centroids are learnt from a random subset of so many.
   * Default 256 (HCSC: 1000).
   */
  maxPointsPerCentroid?: number;
  /** Cluster by inner product, with centroids L2-normalised at the start and after each update. Default false. */
  spherical?: boolean;
  /** Start here, `[k, D]` float32, instead of at random points; one run only. Not disposed. */
  initialCentroids?: Tensor2D;
  /** Points compared with all centroids at a time; memory is O(blockSize · k). Default: up to 8,192, within 64 MiB of scores. */
  blockSize?: number;
  /** Stops the work: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
  /** Called after every iteration. */
  onIteration?: (iteration: KMeansIteration) => void;
  /** Called with a sentence if there are few points per centroid; nothing is ever printed. */
  onWarning?: (message: string) => void;
}

/** Throws unless there are enough points for k clusters; `what` is what is clustered. */
export function requireEnough(n: number, k: number, what: string): void {
  if (k > n) {
    throw new RangeError(
      `Cannot cluster ${n} ${what} into ${k} clusters: give at least ${k} ${what}, or fewer clusters`,
    );
  }
}

/** Throws unless `centroids` can start k clusters of points of this width. */
export function requireStart(centroids: Tensor2D, k: number, width: number, name: string): void {
  requirePoints(centroids, name);
  if (centroids.shape[0] !== k || centroids.shape[1] !== width) {
    throw new RangeError(
      `${name} must have shape [${k}, ${width}] for ${k} clusters of points of ${width} columns, got [${centroids.shape}]`,
    );
  }
}

/** Fills in the defaults of {@link KMeansOptions}, and throws if a shape or an option is wrong. */
export function checkKMeans(points: Tensor2D, k: number, options: KMeansOptions) {
  const { iterations = 25, restarts = 1, seed = 1234, spherical = false, blockSize, initialCentroids } = options;
  const { minPointsPerCentroid = 39, maxPointsPerCentroid = 256, signal, onIteration, onWarning } = options;
  requirePoints(points, 'points');
  requireInteger('k', k, 1);
  requireInteger('iterations', iterations, 0);
  requireInteger('restarts', restarts, 1);
  requireInteger('seed', seed, 0);
  requireInteger('minPointsPerCentroid', minPointsPerCentroid, 0);
  requireInteger('maxPointsPerCentroid', maxPointsPerCentroid, 1);
  if (blockSize !== undefined) requireInteger('blockSize', blockSize, 1);
  requireEnough(points.shape[0], k, 'points');
  if (initialCentroids) {
    requireStart(initialCentroids, k, points.shape[1], 'initialCentroids');
    if (restarts > 1) {
      throw new RangeError(`Cannot make ${restarts} runs from the same initialCentroids: leave restarts at 1`);
    }
  }
  const numbers = { iterations, restarts, seed, minPointsPerCentroid, maxPointsPerCentroid, blockSize };
  return { ...numbers, spherical, initialCentroids, signal, onIteration, onWarning };
}
