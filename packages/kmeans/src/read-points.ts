import { Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { kindOf } from './option-checks.js';
import { squareOfRow } from './row-sums.js';

/** Above this, squared distances would overflow float32. */
const LARGEST = 1e15;

/** Throws unless `points` is a float32 `[N, D]` with N and D of at least 1; `name` and `role` word the errors. */
export function requirePoints(points: Tensor2D, name: string): void {
  if (!(points instanceof Tensor)) throw new TypeError(`${name} must be a Tensor2D, got ${kindOf(points)}`);
  if (points.rank !== 2) {
    throw new RangeError(`${name} must be a matrix [N, D], got shape [${points.shape}]`);
  }
  if (points.dtype !== 'float32') {
    throw new TypeError(`${name} must be float32, got ${points.dtype}`);
  }
  if (points.size === 0) {
    throw new RangeError(`${name} must hold at least one row and one column, got shape [${points.shape}]`);
  }
}

/**
 * Throws a RangeError that names the first value that is NaN, infinite or above 1e15 in magnitude.
 *
 * @param place What comes before row and column: `block 3, `.
 */
export function requireFinite(values: Float32Array, width: number, name: string, place = ''): void {
  for (let at = 0; at < values.length; at += width) {
    // Only a row that is wrong, or longer than any of its values may be, is worth a second look.
    if (squareOfRow(values, at, width) <= LARGEST ** 2) continue;
    const column = values.subarray(at, at + width).findIndex((value) => !(Math.abs(value) <= LARGEST));
    if (column < 0) continue;
    throw new RangeError(
      `${name} must be finite and at most ${LARGEST} in magnitude, got ${values[at + column]} in ${place}row ${at / width}, column ${column}`,
    );
  }
}

/**
 * Downloads a matrix of points, and checks that every value is a number k-means can work with.
 *
 * @throws RangeError that names the first value that is NaN, infinite or above 1e15 in magnitude.
 */
export async function readPoints(points: Tensor2D, name: string): Promise<Float32Array> {
  const values = (await points.data()) as Float32Array;
  requireFinite(values, points.shape[1], name);
  return values;
}
