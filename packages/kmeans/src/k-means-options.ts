import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { KMeansIteration } from './lloyd.js';
import { requireInteger, requireNotNegative } from './option-checks.js';
import { type Points, pointsShape } from './points.js';
import { requirePoints } from './read-points.js';
import { requireWeights } from './read-weights.js';

/** Options of {@link kMeans}; the defaults are those of faiss. */
export interface KMeansOptions {
  /** Updates of the centroids per run, 0 or more; 0 only assigns. Default 25 (HCSC: 20). */
  iterations?: number;
  /** Runs, each from another start; the one with the best last objective is kept. Default 1 (HCSC: 5). */
  restarts?: number;
  /** Decides starts and subsample, an integer of at least 0. Default 1234. */
  seed?: number;
  /**
   * How the centroids that are not given are drawn: `'random'` points, as in faiss, or `'k-means++'`, points that are far
   * from each other, of points in blocks from a random sample of 32 for each centroid, at least 16,384. k-means++ takes
   * about 4 · N · k · D multiply-adds, as 4 iterations that compare all points with all centroids, and gets better results
   * where clusters are apart. Default `'random'`.
   */
  init?: 'random' | 'k-means++';
  /** With fewer points per centroid than this, `onWarning` is told. Default 39 (HCSC: 10). */
  minPointsPerCentroid?: number;
  /**
   * With more points per centroid than this, the centroids are learnt from a random subset of so many; all points are
   * assigned to them. `Infinity`: they are learnt from all points. Default 256 (HCSC: 1000).
   */
  maxPointsPerCentroid?: number;
  /** Cluster by inner product, with centroids L2-normalised at the start and after each update. Default false. */
  spherical?: boolean;
  /**
   * The first m centroids of every run, `[m, D]` float32 with m from 1 to k, instead of random points; the other k − m
   * are drawn. With m = k, one run only. Not disposed.
   */
  initialCentroids?: Tensor2D;
  /**
   * Keep `initialCentroids` as they are (normalised once if `spherical`): only the drawn ones are learnt. A frozen
   * centroid without points is not filled, and none is split. Default false.
   */
  frozenCentroids?: boolean;
  /**
   * The weight of each point, `[N]` (a tensor float32 or int32), finite, 0 or more, with at least k above 0: centroids are
   * weighted means, objective and imbalance are weighted (faiss's are not), counts are not. Default: 1 for all. Not disposed.
   */
  weights?: Tensor1D | Float32Array;
  /**
   * A run ends after the update of an iteration whose objective differs from the one before by no more than this share of
   * it, 0 or more: 1e-3 is a tenth of a percent. faiss calls it `early_stop_threshold`. Default 0: a run goes on until no
   * point changes its cluster, and the figures of the iterations left repeat the last ones.
   */
  tolerance?: number;
  /** Points compared with all centroids at a time; memory is O(blockSize · k). Default: up to 8,192, within 32 MiB of scores. */
  blockSize?: number;
  /** Stops the work: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
  /** Called after every iteration. */
  onIteration?: (iteration: KMeansIteration) => void;
  /**
   * Called with the share of the whole call that is done, over all runs, their iterations and the final assignment: it
   * rises from 0 to 1, once for each block of points at most. A run that ends early jumps ahead.
   */
  onProgress?: (share: number) => void;
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

/** Throws unless `centroids` can be the first of k clusters of points of this width. */
function requireFirst(centroids: Tensor2D, k: number, width: number, restarts: number): void {
  requirePoints(centroids, 'initialCentroids');
  const [m, columns] = centroids.shape;
  if (m > k || columns !== width) {
    throw new RangeError(
      `initialCentroids must have shape [m, ${width}], m from 1 to ${k}, for ${k} clusters of points of ${width} columns, got [${centroids.shape}]`,
    );
  }
  if (m === k && restarts > 1) {
    throw new RangeError(
      `Cannot make ${restarts} runs from the same initialCentroids: leave restarts at 1, or give fewer than ${k} rows`,
    );
  }
}

/** Throws unless there are enough points for k clusters, and a weight for each. */
export function requireNumbers(n: number, k: number, weights: KMeansOptions['weights']): void {
  requireEnough(n, k, 'points');
  if (weights) requireWeights(weights, n);
}

/** Fills in the defaults of {@link KMeansOptions}, and throws if a shape or an option is wrong. */
export function checkKMeans(points: Points, k: number, options: KMeansOptions) {
  const { iterations = 25, restarts = 1, seed = 1234, spherical = false, tolerance = 0, blockSize } = options;
  const { minPointsPerCentroid = 39, maxPointsPerCentroid = 256, weights } = options;
  const { initialCentroids, frozenCentroids = false, init = 'random' } = options;
  const { n, width } = pointsShape(points);
  requireInteger('k', k, 1);
  requireInteger('iterations', iterations, 0);
  requireInteger('restarts', restarts, 1);
  requireInteger('seed', seed, 0);
  requireNotNegative('tolerance', tolerance);
  requireInteger('minPointsPerCentroid', minPointsPerCentroid, 0);
  if (maxPointsPerCentroid !== Number.POSITIVE_INFINITY)
    requireInteger('maxPointsPerCentroid', maxPointsPerCentroid, 1);
  if (blockSize !== undefined) requireInteger('blockSize', blockSize, 1);
  if (init !== 'random' && init !== 'k-means++') {
    throw new RangeError(`init must be 'random' or 'k-means++', got '${init}'`);
  }
  if (n !== null) requireNumbers(n, k, weights);
  if (initialCentroids) requireFirst(initialCentroids, k, width, restarts);
  if (frozenCentroids && !initialCentroids) {
    throw new RangeError('frozenCentroids needs initialCentroids, which are the ones that stay; got none');
  }
  return {
    training: { iterations, restarts, seed, init, tolerance, frozenCentroids },
    limits: { minPointsPerCentroid, maxPointsPerCentroid },
    search: { spherical, blockSize },
    ...{ initialCentroids, weights },
  };
}
