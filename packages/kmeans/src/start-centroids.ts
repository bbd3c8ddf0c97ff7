import type { PointSource } from './point-source.js';
import { randomOrder } from './random-order.js';

/** Where a run starts. */
export interface StartOptions {
  readonly k: number;
  /** `[m, D]`, row-major, with m of at most k: the first centroids. */
  readonly given: Float32Array | null;
  /** Of this run. */
  readonly seed: number;
}

/**
 * The centroids that a run starts from, `[k, D]`, row-major: those that are given, then points that are drawn.
 *
 * As in faiss, drawn centroid i is the point at place i of a random order of all points; the first m places are passed
 * over if m are given.
 */
export async function startCentroids(points: PointSource, { k, given, seed }: StartOptions): Promise<Float32Array> {
  const m = given ? given.length / points.width : 0;
  const start = new Float32Array(k * points.width);
  if (given) start.set(given);
  if (m < k) start.set(await points.rows(randomOrder(points.n, seed).slice(m, k)), m * points.width);
  return start;
}
