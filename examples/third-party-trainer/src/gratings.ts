import * as tf from '@tensorflow/tfjs-core';

/** Width and height of an image. */
export const size = 12;

/** A repeatable stream of numbers from 0 to 1 (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Two views `[count, size * size]` of gratings: stripes of any direction and width, which the views of an image share,
 * and a phase, a contrast and noise of each view's own.
 */
export function twoViews(count: number, next: () => number): [tf.Tensor2D, tf.Tensor2D] {
  const views = [new Float32Array(count * size * size), new Float32Array(count * size * size)] as const;
  for (let i = 0; i < count; i++) {
    const angle = Math.PI * next();
    const frequency = 0.5 + next();
    for (const view of views) {
      const phase = 2 * Math.PI * next();
      const contrast = 0.5 + next();
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          const along = frequency * (x * Math.cos(angle) + y * Math.sin(angle));
          view[(i * size + y) * size + x] = contrast * Math.sin(along + phase) + 0.2 * (next() - 0.5);
        }
      }
    }
  }
  return [tf.tensor2d(views[0], [count, size * size]), tf.tensor2d(views[1], [count, size * size])];
}
