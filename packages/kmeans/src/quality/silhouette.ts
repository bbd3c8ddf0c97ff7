import { requireInteger } from '../option-checks.js';
import { randomOrder } from '../random-order.js';
import { contingencyTable } from './contingency-table.js';
import { rowWidth } from './row-width.js';

/** What {@link silhouette} takes besides the clustering. */
export interface SilhouetteOptions {
  /** Distance of two points: `'euclidean'`, or `'cosine'`, 1 − cos. Default `'euclidean'`. */
  metric?: 'euclidean' | 'cosine';
  /** How many points are drawn, and compared with each other only; with fewer, all are taken. Default 1000. */
  sample?: number;
  /** Seed of the draw. Default 1234. */
  seed?: number;
}

/** The rows of the points that were drawn, in float64; if `unit`, of length 1, or 0. */
function takeRows(points: ArrayLike<number>, drawn: Int32Array, width: number, unit: boolean): Float64Array {
  const rows = new Float64Array(drawn.length * width);
  for (let i = 0; i < drawn.length; i++) {
    let squares = 0;
    for (let j = 0; j < width; j++) {
      const value = points[drawn[i]! * width + j]!;
      rows[i * width + j] = value;
      squares += value * value;
    }
    if (!Number.isFinite(squares)) {
      throw new RangeError(`Cannot measure point ${drawn[i]}: its numbers and their squares must be finite`);
    }
    const length = Math.sqrt(squares);
    if (unit && length > 0) for (let j = 0; j < width; j++) rows[i * width + j]! /= length;
  }
  return rows;
}

/** The distance of rows a and b. */
function distance(rows: Float64Array, width: number, a: number, b: number, cosine: boolean): number {
  let sum = 0;
  for (let j = 0; j < width; j++) {
    const value = rows[a * width + j]!;
    const other = rows[b * width + j]!;
    sum += cosine ? value * other : (value - other) * (value - other);
  }
  return cosine ? Math.min(2, Math.max(0, 1 - sum)) : Math.sqrt(sum);
}

/** The cluster of each drawn point as 0, 1, …, and the sizes, of which there must be some to compare. */
function drawnClusters(assignments: ArrayLike<number>, drawn: Int32Array) {
  const ids = Array.from(drawn, (i) => assignments[i]!);
  const { rows: sizes } = contingencyTable(ids, ids);
  if (sizes.length < 2 || sizes.length === ids.length) {
    throw new RangeError(
      `Cannot tell clusters apart with ${ids.length} points in ${sizes.length} clusters: give at least 2 clusters, one with 2 points${ids.length < assignments.length ? ', or a larger sample' : ''}`,
    );
  }
  const placeOf = new Map<number, number>();
  const places = ids.map((id) => {
    if (!placeOf.has(id)) placeOf.set(id, placeOf.size);
    return placeOf.get(id)!;
  });
  return { places, sizes };
}

/**
 * How much nearer points are to their own cluster than to the next one, from −1 to 1: the mean silhouette.
 *
 * s = (b − a) / max(a, b), with a the mean distance to the other points of a point's cluster, b the least mean distance to the
 * points of another one; 0 for a point alone in its cluster, or at no distance from both. P. Rousseeuw, "Silhouettes", 1987. As in scikit-learn, of a
 * sample only the points drawn are looked at, so that it must be many times as large as the number of clusters. Takes
 * O(sample² · D).
 *
 * @param points `[N, D]`, row-major.
 * @param assignments `[N]`: the cluster of each point, any integers.
 * @throws RangeError if the sizes do not fit, a cluster is no integer, a point that was drawn is not finite, or the points
 *   drawn are of one cluster or all of different ones.
 *
 * @example
 * ```ts
 * silhouette([0, 1, 10, 11], [0, 0, 1, 1]); // 0.9, of four points on a line
 * silhouette(await points.data(), await clusters.assignments.data(), { metric: 'cosine', sample: 5000 });
 * ```
 */
export function silhouette(
  points: ArrayLike<number>,
  assignments: ArrayLike<number>,
  { metric = 'euclidean', sample = 1000, seed = 1234 }: SilhouetteOptions = {},
): number {
  const width = rowWidth(points, assignments);
  requireInteger('sample', sample, 2);
  requireInteger('seed', seed, 0);
  if (metric !== 'euclidean' && metric !== 'cosine') {
    throw new RangeError(`metric must be 'euclidean' or 'cosine', got ${metric}`);
  }
  const n = assignments.length;
  const drawn = n <= sample ? Int32Array.from({ length: n }, (_, i) => i) : randomOrder(n, seed).slice(0, sample);
  const { places, sizes } = drawnClusters(assignments, drawn);
  const cosine = metric === 'cosine';
  const rows = takeRows(points, drawn, width, cosine);
  // Where points are all the same, or of one direction, there is nothing to tell apart; a cosine leaves rounding.
  const leastDistance = cosine ? 1e-12 : 0;

  let total = 0;
  for (let i = 0; i < drawn.length; i++) {
    const own = places[i]!;
    if (sizes[own] === 1) continue;
    const sums = new Float64Array(sizes.length);
    for (let j = 0; j < drawn.length; j++) if (j !== i) sums[places[j]!]! += distance(rows, width, i, j, cosine);
    const a = sums[own]! / (sizes[own]! - 1);
    const b = sums.reduce((least, sum, k) => (k === own ? least : Math.min(least, sum / sizes[k]!)), Infinity);
    if (Math.max(a, b) > leastDistance) total += (b - a) / Math.max(a, b);
  }
  return total / drawn.length;
}
