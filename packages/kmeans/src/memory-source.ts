import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { distancesToCentroids } from './distances-to-centroids.js';
import { memoryPasses } from './memory-passes.js';
import { type NearestOptions, nearestCentroids } from './nearest-centroids.js';
import { pointSet } from './point-set.js';
import type { PointSource } from './point-source.js';
import type { PointMatrix } from './points.js';
import { takeRows } from './take-rows.js';

/** Points that are in memory, on the device and, with the same values, on the host; owns neither. */
export function memorySource(
  tensor: Tensor2D,
  values: Float32Array,
  weights: Float32Array | null,
  near: NearestOptions,
): PointSource {
  const points = pointSet(tensor, values);
  const [n, width] = tensor.shape;
  const rows = async (order: Int32Array) => takeRows(values, width, order);
  return {
    n,
    width,
    weights,
    rows,
    async subset(order) {
      const some = { values: await rows(order), width };
      return matrixSource(some, weights && Float32Array.from(order, (i) => weights[i]!), near);
    },
    async spreadRows(count, placed, seed) {
      const { plusPlus } = await import('./start/plus-plus.js');
      return rows(await plusPlus(points, count, { seed, weights, placed, near }));
    },
    passes: (k, settled) => memoryPasses(points, k, weights, near, settled),
    async assign(centroids, passes) {
      const assignments = (await passes?.assign?.(centroids)) ?? (await nearestCentroids(points, centroids, near));
      const distances = distancesToCentroids(values, centroids, assignments, near.spherical);
      return { assignments, distances: Float32Array.from(distances) };
    },
    dispose() {},
  };
}

/** The same for points on the host, which are used in place; owns their copy on the device. */
export function matrixSource(
  { values, width }: PointMatrix,
  weights: Float32Array | null,
  near: NearestOptions,
): PointSource {
  const tensor = tensor2d(values, [values.length / width, width]);
  return { ...memorySource(tensor, values, weights, near), dispose: () => tensor.dispose() };
}
