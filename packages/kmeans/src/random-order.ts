import { mersenneTwister } from './mersenne-twister.js';

/**
 * A random order of 0 … n − 1, the one that faiss draws for `seed`: place i is exchanged with place
 * i + (draw mod (n − i)), from the front, the draws being those of a Mersenne Twister.
 */
export function randomOrder(n: number, seed: number): Int32Array {
  const draw = mersenneTwister(seed);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < n - 1; i++) {
    const j = i + (draw() % (n - i));
    const swap = order[i]!;
    order[i] = order[j]!;
    order[j] = swap;
  }
  return order;
}
