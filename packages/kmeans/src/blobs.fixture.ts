import { memory, type Tensor } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect } from 'vitest';
import { mersenneTwister } from './mersenne-twister.js';

/** Points around six centres, as rows of numbers. */
export function blobs(n: number, width: number, seed: number, offset = 0): number[][] {
  const draw = mersenneTwister(seed);
  const uniform = () => draw() / 2 ** 32 - 0.5;
  const centres = Array.from({ length: 6 }, () => Array.from({ length: width }, () => 8 * uniform()));
  return Array.from({ length: n }, () => {
    const centre = centres[draw() % centres.length]!;
    return centre.map((c) => Math.fround(offset + c + 3 * uniform()));
  });
}

export const square = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, j) => sum + (value - b[j]!) ** 2, 0);
export const rows = (tensor: Tensor) => tensor.arraySync() as number[][];
export const numbers = (tensor: Tensor) => Array.from(tensor.dataSync());

/** The nearest row, the first on a tie. */
export function slowNearest(point: number[], centroids: number[][]): number {
  let best = 0;
  centroids.forEach((centroid, c) => {
    if (square(point, centroid) < square(point, centroids[best]!)) best = c;
  });
  return best;
}

/** Every test of the file leaves as many tensors as it found. */
export function expectNoLeaks(): void {
  let before = 0;
  beforeEach(() => {
    before = memory().numTensors;
  });
  afterEach(() => {
    expect(memory().numTensors).toBe(before);
  });
}
