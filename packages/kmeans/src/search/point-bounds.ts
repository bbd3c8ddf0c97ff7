import { slice, square, sum, type Tensor1D, tidy } from '@tensorflow/tfjs-core';
import type { Scoring } from './scoring.js';

/** Relative rounding of float32. */
const EPSILON = 2 ** -23;
/** Products below may lose all their digits: some devices take them for 0. */
const TINY = 2 ** -126;

/** What is known of each point's distances, between one look at them and the next. */
export interface PointBounds {
  /** `[N]`: the score of the point's centroid. */
  readonly own: Float32Array;
  /** `[N]`: no centroid outside the group of the point's centroid is nearer than this. */
  readonly outside: Float64Array;
  /** Sets how exact the scores of these centroids are. */
  prepare(centroids: Float32Array): void;
  /** How much farther than their centroids all outside their groups are, at least; negative if they may be nearer. */
  gaps(points: Int32Array): Float64Array;
  /** A distance that a centroid of this score is not nearer than. */
  nearest(point: number, score: number): number;
}

/** The squared norms of the points as they are scored, without their ones, found in blocks. */
async function squaredNorms(score: Scoring, n: number, blockSize: number): Promise<Float32Array<ArrayBuffer>> {
  const width = score.origin.length;
  const norms = new Float32Array(n);
  for (let start = 0; start < n; start += blockSize) {
    const size = Math.min(blockSize, n - start);
    const block = tidy(() => sum<Tensor1D>(square(slice(score.range(start, size), [0, 0], [size, width])), 1));
    try {
      norms.set((await block.data()) as Float32Array, start);
    } finally {
      block.dispose();
    }
  }
  return norms;
}

/**
 * Turns scores into distances for the triangle inequality, on the safe side of their rounding.
 *
 * A score s of float32 factors of E columns is off by at most (E + 4) ε (2 ‖x‖ ‖c‖ + ‖c‖²). The distance is
 * √(‖x − o‖² − s); with `spherical` it stands for −s / ‖x‖, which changes by no more than the centroid moves, as a
 * distance does. Bounds are float64: they are lowered again and again, at times by less than float32 would notice.
 */
export async function pointBounds(score: Scoring, n: number, blockSize: number): Promise<PointBounds> {
  const { origin, spherical } = score;
  const width = origin.length;
  const rounding = EPSILON * (width + 8);
  const lost = (width + 8) * TINY;
  const squares = await squaredNorms(score, n, blockSize);
  // A point so short that its length is not exact has no bounds: 0 is no farther than 0.
  const norms = spherical ? squares.map((norm) => (EPSILON * norm > lost ? Math.sqrt(norm) : 0)) : squares;
  const own = new Float32Array(n);
  const outside = new Float64Array(n);
  let error = 0;
  return {
    own,
    outside,
    prepare(centroids) {
      let largest = 0;
      for (let from = 0; from < centroids.length; from += width) {
        let square = 0;
        for (let j = 0; j < width; j++) square += (centroids[from + j]! - origin[j]!) ** 2;
        largest = Math.max(largest, square);
      }
      // 2 ‖x‖ ‖c‖ + ‖c‖² is at most ‖x‖² + 2 ‖c‖².
      error = spherical ? rounding * Math.sqrt(largest) : rounding * 2 * largest + lost;
    },
    gaps(points) {
      const found = new Float64Array(points.length);
      for (let i = 0; i < found.length; i++) {
        const point = points[i]!;
        const norm = norms[point]!;
        const farthest = spherical
          ? norm && error - own[point]! / norm
          : Math.sqrt(Math.max(0, norm - own[point]! + error + rounding * norm));
        found[i] = outside[point]! - farthest;
      }
      return found;
    },
    nearest(point, scored) {
      const norm = norms[point]!;
      if (spherical) return norm && -error - scored / norm;
      return Math.sqrt(Math.max(0, norm - scored - error - rounding * norm));
    },
  };
}
