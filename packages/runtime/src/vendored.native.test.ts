import { grad, mean, memory, moments, round, type Tensor, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

describe("corrections to tfjs-node's kernels", () => {
  it.each([
    ['int32', [1, 2, 4, 8, 16, 33], [7 / 3, 19]],
    ['bool', [1, 0, 0, 1, 1, 1], [1 / 3, 1]],
  ] as const)('the mean and the moments of %s are float32', (dtype, values, expected) => {
    const before = memory().numTensors;
    tidy(() => {
      const x = tensor2d([...values], [2, 3], dtype);
      expect(mean(x, 1).dtype).toBe('float32');
      expect(mean(x, 1)).toBeAllclose(expected);
      expect(mean(x, 1, true).shape).toEqual([2, 1]);
      expect(grad((at) => mean(at as Tensor, 1))(x, tensor1d([3, 6]))).toBeAllclose({
        shape: [2, 3],
        data: [1, 1, 1, 2, 2, 2],
      });
      const { variance } = moments(x, 1);
      const spread = (row: number) => {
        const squares = values.slice(3 * row, 3 * row + 3).map((value) => (value - expected[row]!) ** 2);
        return squares.reduce((sum, square) => sum + square) / 3;
      };
      expect(variance).toBeAllclose([spread(0), spread(1)], 1e-5);
    });
    expect(memory().numTensors).toBe(before);
  });

  it.each([
    ['float32', [-2.5, -0.4, 0.5, 1.5, 1e7], [-2, 0, 0, 2, 1e7]],
    ['int32', [-12345678, 0, 2 ** 31 - 1], [-12345678, 0, 2 ** 31 - 1]],
    ['bool', [0, 1], [0, 1]],
  ] as const)('round keeps %s as it is', (dtype, values, expected) => {
    const before = memory().numTensors;
    const x = tensor1d([...values], dtype);
    const rounded = round(x);
    x.dispose(); // the result is the caller's, whatever happens to the input
    expect(rounded.dtype).toBe(dtype);
    expect([...rounded.dataSync()].map((value) => value + 0)).toEqual(expected);
    rounded.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
