import type { PointSource } from './point-source.js';
import { randomOrder } from './random-order.js';

/** Where a run starts. */
export interface StartOptions {
  readonly k: number;
  /** `[m, D]`, row-major, with m of at most k: the first centroids. */
  readonly given: Float32Array | null;
  /** How the others are drawn. */
  readonly init: 'random' | 'k-means++';
  /** Of this run. */
  readonly seed: number;
}

/**
 * The centroids that a run starts from, `[k, D]`, row-major: those that are given, then points that are drawn.
 *
 * Drawn at random, centroid i is, as in faiss, the point at place i of a random order of all points; the first m places are
 * passed over if m are given. Drawn by k-means++, the points are far from those given, too.
 */
export async function startCentroids(points: PointSource, options: StartOptions): Promise<Float32Array> {
  const { k, given, init, seed } = options;
  const m = given ? given.length / points.width : 0;
  const start = new Float32Array(k * points.width);
  if (given) start.set(given);
  if (m === k) return start;
  const drawn =
    init === 'k-means++' ? points.spreadRows(k - m, given, seed) : points.rows(randomOrder(points.n, seed).slice(m, k));
  start.set(await drawn, m * points.width);
  return start;
}
