import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { mersenneTwister } from './mersenne-twister.js';
import { normalizeRows } from './normalize-rows.js';

/** Unit vectors in a few directions, `[n, width]`. */
export function unitFeatures(n: number, width: number, seed: number): Tensor2D {
  const draw = mersenneTwister(seed);
  const uniform = () => draw() / 2 ** 32 - 0.5;
  const directions = Array.from({ length: 20 }, () => Array.from({ length: width }, uniform));
  const values = Array.from({ length: n }, () => directions[draw() % 20]!.map((value) => value + 0.4 * uniform()));
  return tensor2d(normalizeRows(Float32Array.from(values.flat()), width), [n, width]);
}
