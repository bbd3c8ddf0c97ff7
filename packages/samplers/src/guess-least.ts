import { matMul, tensor2d, tidy, transpose } from '@tensorflow/tfjs-core';
import type { MiningFeatures } from './mining-features.js';

/** Images whose pairs are looked at. */
const SAMPLE = 1024;

/**
 * Guesses a cosine that at least `target` pairs reach without being above `upper`, so that not all have to be looked at: from
 * the pairs of some images. −1 if they cannot tell.
 */
export async function guessLeast({ n, width, unit }: MiningFeatures, target: number, upper: number): Promise<number> {
  if (n < 2 * SAMPLE) return -1;
  const images = Float64Array.from({ length: SAMPLE }, (_, at) => Math.floor((at * n) / SAMPLE));
  const rows = tensor2d(unit(images), [SAMPLE, width]);
  const products = tidy(() => matMul(rows, transpose(rows)));
  rows.dispose();
  try {
    // Both halves of the block: every pair twice.
    const values = (await products.data()).filter(
      (value, at) => value <= upper && at % (SAMPLE + 1) > 0,
    ) as Float32Array;
    const expected = (target * SAMPLE * (SAMPLE - 1)) / ((n * (n - 1)) / 2);
    const rank = Math.ceil(1.5 * expected + 6 * Math.sqrt(expected) + 20);
    return rank < values.length ? values.sort()[values.length - rank]! : -1;
  } finally {
    products.dispose();
  }
}
