import { type Tensor1D, type Tensor2D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { bestRun } from './best-run.js';
import { createBreather } from './breather.js';
import { checkKMeans, type KMeansOptions, requireNumbers } from './k-means-options.js';
import type { KMeansIteration } from './lloyd.js';
import { openPoints } from './open-points.js';
import type { PointSource } from './point-source.js';
import type { Points } from './points.js';
import { createProgress } from './progress.js';
import { randomOrder } from './random-order.js';
import { readPoints } from './read-points.js';
import { readWeights, requireWeighted } from './read-weights.js';

/** What {@link kMeans} found; the caller disposes it. */
export interface KMeansResult {
  /** `[k, D]` float32. */
  readonly centroids: Tensor2D;
  /** `[N]` int32: the nearest centroid of each point. */
  readonly assignments: Tensor1D;
  /** `[N]` float32: squared Euclidean distance of each point to its centroid; the inner product if `spherical`. */
  readonly distances: Tensor1D;
  /** `[k]` int32: points of each centroid, whatever they weigh. */
  readonly counts: Tensor1D;
  /**
   * The objective before each update of the best run, of the points it learnt from; empty if N equals k. That of the result,
   * after the last update, is the sum of `distances`, times the weights.
   */
  readonly objective: number[];
  /** Empty clusters filled in each iteration of the best run; empty if N equals k. */
  readonly splits: number[];
  /** What each iteration of the best run did; empty if N equals k. */
  readonly iterations: readonly KMeansIteration[];
  /** Disposes the four tensors. */
  dispose(): void;
}

/** Points of each cluster. */
export function countMembers(assignments: Int32Array, k: number): Int32Array {
  const counts = new Int32Array(k);
  for (const cluster of assignments) counts[cluster]!++;
  return counts;
}

/** The random points that k centroids are learnt from, `each` for each of them. */
async function drawSubset(points: PointSource, k: number, each: number, seed: number): Promise<PointSource> {
  const subset = await points.subset(randomOrder(points.n, seed).slice(0, k * each));
  try {
    if (subset.weights) {
      const role = `a random subset of ${subset.n} points`;
      requireWeighted(subset.weights, k, role, 'raise maxPointsPerCentroid, leave out points of weight 0');
    }
    return subset;
  } catch (error) {
    subset.dispose();
    throw error;
  }
}

/**
 * Clusters points by k-means, with faiss's options and semantics.
 *
 * Minimises Σᵢ wᵢ ‖xᵢ − c(xᵢ)‖² by Lloyd's algorithm. Starts, subsample and the splitting of empty clusters follow
 * `faiss.Clustering` draw by draw, so that equal seeds give faiss's result up to rounding. Points are compared with
 * centroids on the device, in blocks; centroids are updated on the host in float64. Of equal centroids the first takes the
 * points; of different ones that are equally near, to float32's precision, any may. If N equals k, the points themselves, in
 * order, are the centroids, whatever the start, unless some are frozen.
 *
 * J. Johnson, M. Douze, H. Jégou, "Billion-scale similarity search with GPUs", arXiv 1702.08734 (faiss).
 *
 * Points in blocks are read once to count them, once for the start of each run and once for each of its iterations, and
 * once at the end; what stands in memory are blocks, and the random subset if there are more points than
 * `maxPointsPerCentroid` allows. They give what the same points give as one tensor, up to rounding and points that are
 * equally near to several centroids.
 *
 * @param points `[N, D]` float32, finite, not disposed; or the same in a typed array or in blocks: see {@link PointMatrix}
 *   and {@link PointBlocks}.
 * @param k Number of clusters, at most N.
 * @returns Tensors that the caller disposes, through `dispose()` or one by one.
 * @throws RangeError if k exceeds N, a shape or an option is wrong, a value is NaN, infinite or above 1e15, or
 *   too few weights are above 0; TypeError if a tensor is not float32, or points, weights or centroids come in a form that
 *   cannot be read; the signal's reason if it is aborted. No tensor is left behind.
 *
 * @example
 * ```ts
 * const clusters = await kMeans(features, 100, { restarts: 5 });
 * clusters.assignments.print();
 * clusters.dispose();
 * ```
 */
export async function kMeans(points: Points, k: number, options: KMeansOptions = {}): Promise<KMeansResult> {
  const { training, limits, search, initialCentroids, weights } = checkKMeans(points, k, options);
  const { signal, onIteration, onProgress, onWarning } = options;
  const { maxPointsPerCentroid, minPointsPerCentroid } = limits;
  signal?.throwIfAborted();
  const opened = await openPoints(points, createBreather(signal));
  const { n, width } = opened;
  requireNumbers(n, k, weights);
  const subsample = n > k * maxPointsPerCentroid;
  const seen = training.restarts * training.iterations * (subsample ? k * maxPointsPerCentroid : n);
  const progress = createProgress(seen + n, onProgress);
  const near = { ...search, breathe: createBreather(signal, progress.within) };
  progress.enter(0, 0);

  const read = weights ? await readWeights(weights, k) : null;
  const given = initialCentroids ? Float32Array.from(await readPoints(initialCentroids, 'initialCentroids')) : null;
  if (!subsample && n < k * minPointsPerCentroid) {
    onWarning?.(
      `Few points for ${k} clusters: got ${n}, which is less than ${minPointsPerCentroid} for each; give at least ${k * minPointsPerCentroid}, or fewer clusters`,
    );
  }

  const source = opened.source(read, near);
  const cluster = async () => {
    const run = { ...training, k, given, spherical: search.spherical, onIteration, progress };
    const subset = subsample ? await drawSubset(source, k, maxPointsPerCentroid, training.seed) : null;
    const { centroids, iterations, passes } = await bestRun(subset ?? source, run).finally(() => subset?.dispose());
    try {
      progress.enter(seen, n);
      return { centroids, iterations, ...(await source.assign(centroids, subset ? null : passes)) };
    } finally {
      passes?.dispose();
    }
  };
  const { centroids, iterations, assignments, distances } = await cluster().finally(() => source.dispose());
  progress.finish();
  const tensors = {
    centroids: tensor2d(centroids, [k, width]),
    assignments: tensor1d(assignments, 'int32'),
    distances: tensor1d(distances),
    counts: tensor1d(countMembers(assignments, k), 'int32'),
  };
  const dispose = () => {
    for (const tensor of Object.values(tensors)) tensor.dispose();
  };
  const objective = iterations.map((iteration) => iteration.objective);
  const splits = iterations.map((iteration) => iteration.splits);
  return { ...tensors, objective, splits, iterations, dispose };
}
