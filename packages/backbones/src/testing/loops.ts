import { type Tensor, tensor } from '@tensorflow/tfjs-core';

/** Numbers in [-1, 1) from a small hash of their place. */
export function noise(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    const x = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca77);
    const y = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    return ((y ^ (y >>> 13)) >>> 0) / 2 ** 31 - 1;
  });
}

export const noiseTensor = (shape: number[], seed: number): Tensor =>
  tensor(
    noise(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    shape,
  );

/** Batch norm over rows of `[M, C]`, in plain loops and double precision. */
export function slowBatchNorm(
  x: ArrayLike<number>,
  scale: ArrayLike<number>,
  offset: ArrayLike<number>,
  epsilon: number,
  rowsOf: (row: number) => boolean = () => true,
) {
  const channels = scale.length;
  const rows = Array.from({ length: x.length / channels }, (_, i) => i).filter(rowsOf);
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  const y = new Float64Array(x.length);
  for (let c = 0; c < channels; c++) {
    for (const i of rows) mean[c]! += x[i * channels + c]! / rows.length;
    for (const i of rows) variance[c]! += (x[i * channels + c]! - mean[c]!) ** 2 / rows.length;
    for (const i of rows) {
      const normalised = (x[i * channels + c]! - mean[c]!) / Math.sqrt(variance[c]! + epsilon);
      y[i * channels + c] = scale[c]! * normalised + offset[c]!;
    }
  }
  return { y, mean, variance };
}

/** Central differences of `f` at `at`, in double precision. */
export function slowGradient(f: (at: Float64Array) => number, at: ArrayLike<number>, step = 1e-5): Float64Array {
  const point = Float64Array.from(at);
  return point.map((value, i) => {
    point[i] = value + step;
    const up = f(point);
    point[i] = value - step;
    const down = f(point);
    point[i] = value;
    return (up - down) / (2 * step);
  });
}
