import { square, sum, type Tensor1D, tidy } from '@tensorflow/tfjs-core';
import type { Scoring } from './scoring.js';

/** Relative rounding of float32. */
const EPSILON = 2 ** -23;

/** What is known of each point's distances, between one look at them and the next. */
export interface PointBounds {
  /** `[N]`: the score of the point's centroid. */
  readonly own: Float32Array;
  /** `[N]`: no centroid outside the group of the point's centroid is nearer than this. */
  readonly outside: Float32Array;
  /** Sets how exact the scores of these centroids are. */
  prepare(centroids: Float32Array): void;
  /** How much farther than their centroids all outside their groups are, at least; negative if they may be nearer. */
  gaps(points: Int32Array): Float32Array;
  /** A distance that a centroid of this score is not nearer than. */
  nearest(point: number, score: number): number;
}

/** The squared norms of the points as they are scored, found in blocks. */
async function squaredNorms(score: Scoring, n: number, blockSize: number): Promise<Float32Array<ArrayBuffer>> {
  const norms = new Float32Array(n);
  for (let start = 0; start < n; start += blockSize) {
    const size = Math.min(blockSize, n - start);
    const block = tidy(() => sum<Tensor1D>(square(score.range(start, size)), 1));
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
 * A score s of float32 factors of E columns is off by at most (E + 4) ε ‖x‖ ‖c‖. The distance is √(‖x − o‖² − s); with
 * `spherical` it stands for −s / ‖x‖, which changes by no more than the centroid moves, as a distance does.
 */
export async function pointBounds(score: Scoring, n: number, blockSize: number): Promise<PointBounds> {
  const { origin, spherical } = score;
  const width = origin.length;
  const squares = await squaredNorms(score, n, blockSize);
  // The column of ones counts in the squares of distances.
  const norms = spherical ? squares.map(Math.sqrt) : squares.map((norm) => norm - 1);
  const own = new Float32Array(n);
  let error = 0;
  const outside = new Float32Array(n);
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
      // 2 ‖x‖ ‖c‖ + ‖c‖² is at most (1 + ‖x‖²) (1 + 2 ‖c‖²), with room for the rounding of the norms.
      error = EPSILON * (width + 8) * (spherical ? Math.sqrt(largest) : 2 + 2 * largest);
    },
    gaps(points) {
      const found = new Float32Array(points.length);
      for (let i = 0; i < found.length; i++) {
        const point = points[i]!;
        const norm = norms[point]!;
        const farthest = spherical
          ? norm && error - own[point]! / norm
          : Math.sqrt(Math.max(0, norm - own[point]! + error * (1 + norm)));
        found[i] = outside[point]! - farthest;
      }
      return found;
    },
    nearest(point, scored) {
      const norm = norms[point]!;
      if (spherical) return norm && -error - scored / norm;
      return Math.sqrt(Math.max(0, norm - scored - error * (1 + norm)));
    },
  };
}
