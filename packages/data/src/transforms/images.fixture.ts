import { createRng } from '@hcsc/random';
import { memory, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** Images for tests: noise in [0, 1). */
export const noise = (shape: readonly [number, number, number, number], seed = 1) =>
  createRng(seed).uniformTensor(shape) as Tensor4D;

/** A tensor as a function of its indices, for slow loops over pixels. */
export function pixelsOf(images: Tensor4D): (n: number, y: number, x: number, c: number) => number {
  const [, height, width, channels] = images.shape;
  const data = images.dataSync();
  return (n, y, x, c) => data[((n * height + y) * width + x) * channels + c]!;
}

/** Values by a function of the indices, row-major. */
export function fill(
  [n, height, width, channels]: readonly [number, number, number, number],
  value: (n: number, y: number, x: number, c: number) => number,
): { shape: number[]; data: number[] } {
  const data: number[] = [];
  for (let i = 0; i < n; i++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) for (let c = 0; c < channels; c++) data.push(value(i, y, x, c));
  return { shape: [n, height, width, channels], data };
}

export const clamp = (x: number) => Math.min(Math.max(x, 0), 1);

/** Runs `body` and expects that the number of tensors grew by those it returns; disposes them. */
export function expectOwned(body: () => Tensor | Tensor[]): void {
  const before = memory().numTensors;
  const results = [body()].flat();
  expect(memory().numTensors).toBe(before + results.length);
  for (const result of results) result.dispose();
  expect(memory().numTensors).toBe(before);
}

/** Expects `body` to throw, without a tensor left behind. */
export function expectRefused(body: () => unknown, message: RegExp): void {
  const before = memory().numTensors;
  expect(body).toThrow(message);
  expect(memory().numTensors).toBe(before);
}

export const meanOf = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
