import type { Rng } from '@hcsc/random';
import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';

/** `[n, d]` float32: random rows of length 1; the caller disposes them. */
export function randomUnitRows(rng: Rng, n: number, d: number): Tensor2D {
  const rows = Array.from({ length: n }, () => {
    const row = Array.from({ length: d }, () => rng.normal());
    const length = Math.hypot(...row);
    return row.map((x) => x / length);
  });
  return tensor2d(rows, [n, d]);
}
