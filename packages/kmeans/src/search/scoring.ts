import {
  clone,
  concat2d,
  gather,
  keep,
  ones,
  slice,
  sub,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import type { PointSet } from '../point-set.js';

/**
 * Points and centroids as factors whose product, the scores, is highest for the nearest centroid.
 *
 * Of distances: [x − o, 1] · [2(c − o), −‖c − o‖²] = ‖x − o‖² − ‖x − c‖². The origin o changes no distance, but points
 * far from it would lose their digits. `spherical`: x · c.
 *
 * The caller disposes the tensors that it is given.
 */
export interface Scoring {
  readonly spherical: boolean;
  /** `[D]`: zeros if `spherical`. */
  readonly origin: Float32Array;
  /** `[size, E]`: the factor of points from `start` on. */
  range(start: number, size: number): Tensor2D;
  /** `[R, E]`: the factor of the points in `rows`. */
  rows(rows: Int32Array): Tensor2D;
  /** The same, or `[R, D]`, without the column of ones, where that would be work. */
  vectors(rows: Int32Array): Tensor2D;
  /** `[K, E]`: the factor of the centroids. */
  centroids(centroids: Float32Array): Tensor2D;
  /** `[K, E]`: the centroids as if they were points. */
  asPoints(centroids: Float32Array): Tensor2D;
  dispose(): void;
}

/** Up to so many numbers, the factor of all points is kept on the device. */
const KEPT = 2 ** 24;

/** The rows of a matrix that are named. */
export function rowsOf(matrix: Tensor2D, rows: Int32Array): Tensor2D {
  return tidy(() => gather(matrix, tensor1d(rows, 'int32')));
}

/** The same as columns: of a factor of centroids, what blocks of points are multiplied with fastest. */
export function columnsOf(matrix: Tensor2D, rows: Int32Array): Tensor2D {
  return tidy(() => transpose(rowsOf(matrix, rows)));
}

/** How points and centroids are scored; to be disposed. */
export function scoring(points: Pick<PointSet, 'tensor' | 'origin'>, spherical: boolean): Scoring {
  const { tensor } = points;
  const [n, width] = tensor.shape;
  const origin = spherical ? new Float32Array(width) : points.origin;
  const shift: Tensor1D | null = origin.some((value) => value !== 0) ? tensor1d(origin) : null;
  const asPoints = (block: Tensor2D): Tensor2D => {
    if (spherical) return block;
    return concat2d([shift ? sub<Tensor2D>(block, shift) : block, ones([block.shape[0], 1])], 1);
  };
  const kept = !spherical && n * (width + 1) <= KEPT ? tidy(() => keep(asPoints(tensor))) : null;
  return {
    spherical,
    origin,
    range: (start, size) =>
      tidy(() => {
        if (kept) return size === n ? clone(kept) : slice(kept, [start, 0], [size, width + 1]);
        return asPoints(slice(tensor, [start, 0], [size, width]));
      }),
    rows: (rows) => (kept ? rowsOf(kept, rows) : tidy(() => asPoints(rowsOf(tensor, rows)))),
    vectors: (rows) => {
      if (kept || !shift) return rowsOf(kept ?? tensor, rows);
      return tidy(() => asPoints(rowsOf(tensor, rows)));
    },
    centroids(centroids) {
      if (spherical) return tensor2d(centroids, [centroids.length / width, width]);
      const factor = new Float32Array((centroids.length / width) * (width + 1));
      for (let from = 0, to = 0; from < centroids.length; from += width, to += width + 1) {
        let square = 0;
        for (let j = 0; j < width; j++) {
          const value = centroids[from + j]! - origin[j]!;
          square += value * value;
          factor[to + j] = 2 * value;
        }
        factor[to + width] = -square;
      }
      return tensor2d(factor, [centroids.length / width, width + 1]);
    },
    asPoints: (centroids) => tidy(() => asPoints(tensor2d(centroids, [centroids.length / width, width]))),
    dispose() {
      shift?.dispose();
      kept?.dispose();
    },
  };
}
