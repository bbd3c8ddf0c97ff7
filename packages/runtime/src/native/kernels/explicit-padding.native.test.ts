import {
  conv2d,
  grad,
  grads,
  maxPool,
  memory,
  ones,
  onesLike,
  type Rank,
  type Tensor,
  type Tensor4D,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

// 4 pixels and 1 of padding on both sides under a window of 3 every 2: (4 + 2 − 3) / 2 + 1 = 2.5 windows.
const line = () => tensor4d([1, 2, 3, 4], [1, 1, 4, 1]);
const sides = [[0, 0], [0, 0], [1, 1], [0, 0]] as [[0, 0], [0, 0], [number, number], [0, 0]]; // biome-ignore format: one line
const column = (x: Tensor4D) => x.shape[2];
const slope = (f: (x: Tensor4D) => Tensor<Rank>, x: Tensor4D) => grad((at) => f(at as Tensor4D))(x, onesLike(f(x)));

describe('a number of windows that is not whole', () => {
  it.each([
    ['floor', [2, 4], [0, 1, 0, 1]],
    ['round', [2, 4, 4], [0, 1, 0, 2]],
    ['ceil', [2, 4, 4], [0, 1, 0, 2]],
  ] as const)('maxPool takes the %s of it', (mode, expected, expectedSlope) => {
    const before = memory().numTensors;
    tidy(() => {
      const run = (x: Tensor4D) => maxPool(x, [1, 3], [1, 2], sides, mode);
      expect(column(run(line()))).toBe(expected.length);
      expect(run(line())).toBeAllclose({ shape: [1, 1, expected.length, 1], data: expected });
      expect(slope(run, line())).toBeAllclose({ shape: [1, 1, 4, 1], data: expectedSlope });
    });
    expect(memory().numTensors).toBe(before);
  });

  it.each([
    ['floor', [3, 9], [1, 2, 1, 1], [2, 4, 6]],
    ['round', [3, 9, 4], [1, 2, 1, 2], [6, 4, 6]],
    ['ceil', [3, 9, 4], [1, 2, 1, 2], [6, 4, 6]],
  ] as const)('conv2d takes the %s of it', (mode, expected, ofImage, ofFilter) => {
    const before = memory().numTensors;
    tidy(() => {
      const run = (x: Tensor, filter: Tensor) =>
        conv2d(x as Tensor4D, filter as Tensor4D, [1, 2], sides, 'NHWC', [1, 1], mode);
      const y = run(line(), ones([1, 3, 1, 1]));
      expect(y).toBeAllclose({ shape: [1, 1, expected.length, 1], data: expected });
      const [dx, dFilter] = grads(run)([line(), ones([1, 3, 1, 1])], onesLike(y));
      expect(dx).toBeAllclose({ shape: [1, 1, 4, 1], data: ofImage });
      expect(dFilter).toBeAllclose({ shape: [1, 3, 1, 1], data: ofFilter });
    });
    expect(memory().numTensors).toBe(before);
  });
});
