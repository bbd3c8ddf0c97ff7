import type { Tensor2D } from '@tensorflow/tfjs-core';
import { addRow, squareOfRow } from './row-sums.js';

/** Points on the device and on the host, as the steps of k-means need them. */
export interface PointSet extends Moments {
  /** `[N, D]`. */
  readonly tensor: Tensor2D;
  /** The same values, row-major. */
  readonly values: Float32Array;
  /** `[N]`: the square of each one's length. */
  readonly squares: Float64Array;
}

/** Where points lie. */
export interface Moments {
  /** Their mean, `[D]`. */
  readonly mean: Float32Array;
  /** What is taken off points before they are compared: zeros, or the mean if they lie far from the origin. */
  readonly origin: Float32Array;
}

/** The mean is taken off if its square is so many times the mean square distance from it; else digits are no matter. */
const FAR = 4;

/** Sums up points that come in pieces; `each` is filled with the square of each row's length. */
export function createMoments(width: number): {
  add(values: Float32Array, each?: Float64Array): void;
  moments(): Moments;
} {
  const sums = new Float64Array(width);
  let n = 0;
  let squares = 0;
  return {
    add(values, each) {
      n += values.length / width;
      for (let at = 0; at < values.length; at += width) {
        addRow(sums, 0, values, at, width, 1);
        const square = squareOfRow(values, at, width);
        squares += square;
        if (each) each[at / width] = square;
      }
    },
    moments() {
      const mean = Float32Array.from(sums, (sum) => sum / n);
      const square = mean.reduce((total, value) => total + value * value, 0);
      const far = square > FAR * (squares / n - square);
      return { mean, origin: far ? mean : new Float32Array(width) };
    },
  };
}

/** Puts the two copies of the points together with their moments; owns neither. */
export function pointSet(tensor: Tensor2D, values: Float32Array): PointSet {
  const sums = createMoments(tensor.shape[1]);
  const squares = new Float64Array(tensor.shape[0]);
  sums.add(values, squares);
  return { tensor, values, squares, ...sums.moments() };
}
