import { type Tensor1D, type Tensor2D, tensor1d } from '@tensorflow/tfjs-core';
import { createBreather } from './breather.js';
import { openPoints } from './open-points.js';
import { requireInteger } from './option-checks.js';
import { type Points, pointsShape } from './points.js';
import { createProgress } from './progress.js';
import { readPoints, requirePoints } from './read-points.js';

/** Options of {@link assignPoints}. */
export interface AssignPointsOptions {
  /** Take the centroid of the largest inner product, as spherical k-means does, rather than the nearest. Default false. */
  spherical?: boolean;
  /** Points compared with all centroids at a time; memory is O(blockSize · k). Default: up to 8,192, within 32 MiB of scores. */
  blockSize?: number;
  /** Stops the work: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
  /** Called with the share of the points that is done: it rises from 0 to 1, once for each block of points at most. */
  onProgress?: (share: number) => void;
}

/** What {@link assignPoints} found; the caller disposes it. */
export interface AssignedPoints {
  /** `[N]` int32: the nearest centroid of each point; of equal centroids, the first. */
  readonly assignments: Tensor1D;
  /** `[N]` float32: squared Euclidean distance of each point to its centroid; the inner product if `spherical`. */
  readonly distances: Tensor1D;
  /** Disposes both tensors. */
  dispose(): void;
}

/**
 * Assigns points to the nearest of given centroids: other points than {@link kMeans} has clustered, or more of them.
 *
 * c(x) = argmin_c ‖x − c‖²; `spherical`: argmax_c x · c. Points in blocks are read twice, to check them and to compare them.
 * For the prototypes of a hierarchy, whose distances their concentration scales, see {@link assignNearest}.
 *
 * @param points `[N, D]` float32, finite, not disposed; or the same in a typed array or in blocks, as {@link kMeans} takes
 *   them. N may be less than k.
 * @param centroids `[k, D]` float32, finite, taken as they are; not disposed.
 * @returns Tensors that the caller disposes, through `dispose()` or one by one.
 * @throws RangeError if a shape or an option is wrong, or a value is NaN, infinite or above 1e15; TypeError if a tensor is not
 *   float32, or points come in a form that cannot be read; the signal's reason if it is aborted. No tensor is left behind.
 *
 * @example
 * ```ts
 * const clusters = await kMeans(trainFeatures, 100);
 * const test = await assignPoints(testFeatures, clusters.centroids);
 * test.assignments.print();
 * test.dispose();
 * clusters.dispose();
 * ```
 */
export async function assignPoints(
  points: Points,
  centroids: Tensor2D,
  { spherical = false, blockSize, signal, onProgress }: AssignPointsOptions = {},
): Promise<AssignedPoints> {
  const { width } = pointsShape(points);
  requirePoints(centroids, 'centroids');
  if (centroids.shape[1] !== width) {
    throw new RangeError(
      `centroids must have the ${width} columns of the points, got shape [${centroids.shape.join(', ')}]`,
    );
  }
  if (blockSize !== undefined) requireInteger('blockSize', blockSize, 1);
  signal?.throwIfAborted();
  const values = Float32Array.from(await readPoints(centroids, 'centroids'));
  const opened = await openPoints(points, createBreather(signal));
  const progress = createProgress(opened.n, onProgress);
  progress.enter(0, opened.n);
  const source = opened.source(null, { spherical, blockSize, breathe: createBreather(signal, progress.within) });
  const found = await source.assign(values).finally(() => source.dispose());
  progress.finish();
  const assignments = tensor1d(found.assignments, 'int32');
  const distances = tensor1d(found.distances);
  return {
    assignments,
    distances,
    dispose() {
      assignments.dispose();
      distances.dispose();
    },
  };
}
