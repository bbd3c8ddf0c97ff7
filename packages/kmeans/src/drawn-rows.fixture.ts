import { mersenneTwister } from './mersenne-twister.js';
import type { Rows } from './slow-lloyd.fixture.js';

/** Uniform draws from −½ to ½. */
export function uniformDraws(seed: number): () => number {
  const draw = mersenneTwister(seed);
  return () => draw() / 2 ** 32 - 0.5;
}

/** `[n, width]` around `centres` points of a cube, or, with none, all over it. */
export function drawRows(n: number, width: number, centres: number, seed: number): Rows {
  const draw = uniformDraws(seed);
  const middles = Array.from({ length: centres * width }, () => 8 * draw());
  const values = new Float32Array(n * width);
  for (let i = 0; i < n; i++) {
    const middle = Math.floor((draw() + 0.5) * centres) * width;
    for (let j = 0; j < width; j++)
      values[i * width + j] = centres > 0 ? middles[middle + j]! + 2 * draw() : 8 * draw();
  }
  return { values, width };
}
