import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { distancesToCentroids } from './distances-to-centroids.js';
import { memoryPasses } from './memory-passes.js';
import { type NearestOptions, nearestCentroids, pointSet } from './nearest-centroids.js';
import type { PointSource } from './point-source.js';

/** Rows of a row-major matrix, in the order given. */
function takeRows(values: Float32Array, width: number, order: Int32Array): Float32Array {
  const taken = new Float32Array(order.length * width);
  order.forEach((row, i) => {
    taken.set(values.subarray(row * width, (row + 1) * width), i * width);
  });
  return taken;
}

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
      const some = await rows(order);
      const owned = tensor2d(some, [order.length, width]);
      const source = memorySource(owned, some, weights && Float32Array.from(order, (i) => weights[i]!), near);
      return { ...source, dispose: () => owned.dispose() };
    },
    passes: (k) => memoryPasses(points, k, weights, near),
    async assign(centroids) {
      const assignments = await nearestCentroids(points, centroids, near);
      const distances = distancesToCentroids(values, centroids, assignments, near.spherical);
      return { assignments, distances: Float32Array.from(distances) };
    },
    dispose() {},
  };
}
