import { clone, concat, gather, type Tensor2D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { HierarchyLevel } from './hierarchy.js';
import { randomOrder } from './random-order.js';

/**
 * Where k-means of a level starts after that of the last hierarchy: at its prototypes, each in its row; those that were
 * dropped start at random points instead. The caller disposes the result, `[K, D]`.
 *
 * @param points At least K.
 */
export async function warmCentroids(
  { centroids, alive }: Pick<HierarchyLevel, 'centroids' | 'alive'>,
  points: Tensor2D,
  seed: number,
): Promise<Tensor2D> {
  const flags = await alive?.data();
  if (!flags?.includes(0)) return clone(centroids);
  const [n, k] = [points.shape[0], centroids.shape[0]];
  const drawn = randomOrder(n, seed);
  let next = 0;
  const rows = Int32Array.from(flags, (flag, row) => (flag === 0 ? k + next++ : row));
  return tidy(() =>
    gather(concat([centroids, gather(points, tensor1d(drawn.slice(0, next), 'int32'))]), tensor1d(rows, 'int32')),
  );
}
