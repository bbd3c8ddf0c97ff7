import { type Tensor1D, type Tensor2D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { createBreather } from './breather.js';
import { checkKMeans, type KMeansOptions } from './k-means-options.js';
import { distancesToCentroids, lloyd, type Run } from './lloyd.js';
import { memoryPasses } from './memory-passes.js';
import { nearestCentroids, type PointSet, pointSet } from './nearest-centroids.js';
import { normalizeRows } from './normalize-rows.js';
import { randomOrder } from './random-order.js';
import { readPoints } from './read-points.js';

/** What {@link kMeans} found; the caller disposes it. */
export interface KMeansResult {
  /** `[k, D]` float32. */
  readonly centroids: Tensor2D;
  /** `[N]` int32: the nearest centroid of each point. */
  readonly assignments: Tensor1D;
  /** `[N]` float32: squared Euclidean distance of each point to its centroid; the inner product if `spherical`. */
  readonly distances: Tensor1D;
  /** `[k]` int32: points of each centroid. */
  readonly counts: Tensor1D;
  /** The objective before each update of the best run; empty if N equals k. */
  readonly objective: number[];
  /** Empty clusters filled in each iteration of the best run; empty if N equals k. */
  readonly splits: number[];
  /** Disposes the four tensors. */
  dispose(): void;
}

/** faiss's step between the seeds of restarts. */
const RESTART_STEP = 15486557;

/** Rows of a row-major matrix, in the order given. */
function takeRows(values: Float32Array, width: number, rows: Int32Array): Float32Array {
  const taken = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    taken.set(values.subarray(row * width, (row + 1) * width), i * width);
  });
  return taken;
}

/** Points of each cluster. */
export function countMembers(assignments: Int32Array, k: number): Int32Array {
  const counts = new Int32Array(k);
  for (const cluster of assignments) counts[cluster]!++;
  return counts;
}

/**
 * Clusters points by k-means, with faiss's options and semantics.
 *
 * Minimises Σᵢ ‖xᵢ − c(xᵢ)‖² by Lloyd's algorithm. Starts, subsample and the splitting of empty clusters follow
 * `faiss.Clustering` draw by draw, so that equal seeds give faiss's result up to rounding. Points are compared with
 * centroids on the device, in blocks; centroids are updated on the host in float64. Ties go to the lower index.
 * If N equals k, the points themselves, in order, are the centroids, whatever the start.
 *
 * J. Johnson, M. Douze, H. Jégou, "Billion-scale similarity search with GPUs", arXiv 1702.08734 (faiss).
 *
 * @param points `[N, D]` float32, finite; not disposed.
 * @param k Number of clusters, at most N.
 * @returns Tensors that the caller disposes, through `dispose()` or one by one.
 * @throws RangeError if k exceeds N, a shape or an option is wrong, or a value is NaN, infinite or above 1e15;
 *   TypeError if a tensor is not float32; the signal's reason if it is aborted. No tensor is left behind.
 *
 * @example
 * ```ts
 * const clusters = await kMeans(features, 100, { restarts: 5 });
 * clusters.assignments.print();
 * clusters.dispose();
 * ```
 */
export async function kMeans(points: Tensor2D, k: number, options: KMeansOptions = {}): Promise<KMeansResult> {
  const { maxPointsPerCentroid, minPointsPerCentroid, initialCentroids, ...rest } = checkKMeans(points, k, options);
  const { iterations, restarts, seed, spherical, blockSize, signal, onIteration, onWarning } = rest;
  signal?.throwIfAborted();
  const [n, width] = points.shape;
  const all = pointSet(points, await readPoints(points, 'points'));
  const given = initialCentroids && Float32Array.from(await readPoints(initialCentroids, 'initialCentroids'));
  const near = { spherical, blockSize, breathe: createBreather(signal) };

  const runFrom = (training: PointSet, restart: number): Promise<Run> => {
    const order = () => randomOrder(training.tensor.shape[0], seed + 1 + restart * RESTART_STEP);
    const start = given ?? takeRows(training.values, width, order().subarray(0, k));
    const report = (iteration: number, objective: number, splits: number) =>
      onIteration?.({ restart, iteration, objective, splits });
    const passes = memoryPasses(training, k, null, near);
    const run = { spherical, n: training.tensor.shape[0], width, iterations, report };
    return lloyd(passes, start, run).finally(() => passes.dispose());
  };
  const isBetter = (a = 0, b = 0) => (spherical ? a > b : a < b);
  const train = async (training: PointSet): Promise<Run> => {
    if (training.tensor.shape[0] === k) {
      const centroids = Float32Array.from(training.values);
      return { centroids: spherical ? normalizeRows(centroids, width) : centroids, objective: [], splits: [] };
    }
    let best = await runFrom(training, 0);
    for (let restart = 1; restart < restarts; restart++) {
      const run = await runFrom(training, restart);
      if (isBetter(run.objective.at(-1), best.objective.at(-1))) best = run;
    }
    return best;
  };

  let run: Run;
  if (n > k * maxPointsPerCentroid) {
    const subset = randomOrder(n, seed).subarray(0, k * maxPointsPerCentroid);
    const values = takeRows(all.values, width, subset);
    const training = pointSet(tensor2d(values, [subset.length, width]), values);
    run = await train(training).finally(() => training.tensor.dispose());
  } else {
    if (n < k * minPointsPerCentroid) {
      onWarning?.(
        `Few points for ${k} clusters: got ${n}, which is less than ${minPointsPerCentroid} for each; give at least ${k * minPointsPerCentroid}, or fewer clusters`,
      );
    }
    run = await train(all);
  }

  const assignments = await nearestCentroids(all, run.centroids, near);
  const distances = distancesToCentroids(all.values, run.centroids, assignments, spherical);
  const tensors = {
    centroids: tensor2d(run.centroids, [k, width]),
    assignments: tensor1d(assignments, 'int32'),
    distances: tensor1d(new Float32Array(distances)),
    counts: tensor1d(countMembers(assignments, k), 'int32'),
  };
  const dispose = () => {
    for (const tensor of Object.values(tensors)) tensor.dispose();
  };
  return { ...tensors, objective: run.objective, splits: run.splits, dispose };
}
