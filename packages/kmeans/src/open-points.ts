import type { Breathe } from './breather.js';
import { matrixSource, memorySource } from './memory-source.js';
import type { NearestOptions } from './nearest-centroids.js';
import type { PointSource } from './point-source.js';
import { isBlocks, isMatrix, type Points } from './points.js';
import { readPoints, requireFinite } from './read-points.js';

/** Points that were looked at once: they are as many as that, and can be worked with. */
export interface OpenPoints {
  readonly n: number;
  readonly width: number;
  /** What k-means learns from; to be disposed. */
  source(weights: Float32Array | null, near: NearestOptions): PointSource;
}

/**
 * Counts points and checks their values, whatever form they come in.
 *
 * @throws RangeError or TypeError that names the first block or value that is wrong.
 */
export async function openPoints(points: Points, breathe: Breathe): Promise<OpenPoints> {
  if (isBlocks(points)) {
    const { blockSource, knowBlocks } = await import('./blocks/block-source.js');
    const blocks = await knowBlocks(points, breathe);
    return { n: blocks.n, width: points.width, source: (weights, near) => blockSource(blocks, weights, near) };
  }
  if (isMatrix(points)) {
    const { values, width } = points;
    requireFinite(values, width, 'points');
    return { n: values.length / width, width, source: (weights, near) => matrixSource(points, weights, near) };
  }
  const values = await readPoints(points, 'points');
  const [n, width] = points.shape;
  return { n, width, source: (weights, near) => memorySource(points, values, weights, near) };
}
