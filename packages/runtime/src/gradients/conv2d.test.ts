import { conv2d, grads, memory, type Tensor4D, tensor, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { noise } from './testing/noise.js';
import { slowConv2d } from './testing/slow-conv2d.js';

type Padding = 'same' | 'valid' | number | [[0, 0], [number, number], [number, number], [0, 0]];

const paddings: [string, Padding][] = [
  ['same', 'same'],
  ['valid', 'valid'],
  ['1 on every side', 1],
  ['more below than above', [[0, 0], [0, 2], [1, 0], [0, 0]]], // biome-ignore format: one line
  ['wider than the filter', [[0, 0], [3, 4], [8, 1], [0, 0]]], // biome-ignore format: one line
];
const cases = [1, 2, 3].flatMap((stride) =>
  [1, 3, 7].flatMap((size) =>
    paddings
      .filter(([, padding]) => size === 7 || typeof padding === 'string' || stride < 3)
      .map(([name, padding]) => ({ stride, size, name, padding })),
  ),
);

/** Around the numbers of channels that fast implementations take at a time. */
const channels = [[1, 16], [4, 8], [5, 9], [8, 1], [16, 24], [12, 7]].flatMap(([inputs, outputs]) => [1, 2].map((stride) => ({ inputs: inputs!, outputs: outputs!, stride }))); // biome-ignore format: one line

describe('conv2d and its gradient', () => {
  it.each(cases)('stride $stride, filter $size, padding $name', ({ stride, size, padding }) => {
    const before = memory().numTensors;
    tidy(() => {
      const x = tensor(noise(2 * 8 * 9 * 3, 1), [2, 8, 9, 3]) as Tensor4D;
      const filter = tensor(noise(size * size * 3 * 4, 2), [size, size, 3, 4]) as Tensor4D;
      const run = (image: Tensor4D, kernel: Tensor4D) => conv2d(image, kernel, stride, padding as never);
      const y = run(x, filter);
      const dy = tensor(noise(y.size, 3), y.shape);
      const [dx, dw] = grads((image, kernel) => run(image as Tensor4D, kernel as Tensor4D))([x, filter], dy);
      const slow = slowConv2d(x, filter, dy as Tensor4D, stride, padding);
      expect(y).toBeAllclose(slow.y, 1e-5);
      expect(dx).toBeAllclose(slow.x, 1e-5);
      expect(dw).toBeAllclose(slow.filter, 1e-5);
    });
    expect(memory().numTensors).toBe(before);
  });

  it.each(channels)('of $inputs channels to $outputs, stride $stride', ({ inputs, outputs, stride }) => {
    const before = memory();
    tidy(() => {
      const x = tensor(noise(3 * 7 * 5 * inputs, 1), [3, 7, 5, inputs]) as Tensor4D;
      const filter = tensor(noise(9 * inputs * outputs, 2), [3, 3, inputs, outputs]) as Tensor4D;
      const run = (image: Tensor4D, kernel: Tensor4D) => conv2d(image, kernel, stride, 1);
      const y = run(x, filter);
      const dy = tensor(noise(y.size, 3), y.shape);
      const [dx, dw] = grads((image, kernel) => run(image as Tensor4D, kernel as Tensor4D))([x, filter], dy);
      const slow = slowConv2d(x, filter, dy as Tensor4D, stride, 1);
      expect(y).toBeAllclose(slow.y, 1e-5);
      expect(dx).toBeAllclose(slow.x, 1e-5);
      expect(dw).toBeAllclose(slow.filter, 1e-5);
    });
    expect(memory().numTensors).toBe(before.numTensors);
    expect(memory().numBytes).toBe(before.numBytes);
  });
});
