import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { noise } from '../gradients/testing/noise.js';

const cases: [shape: number[], begin: number[], size: number[]][] = [
  [[7], [2], [3]],
  [
    [4, 6],
    [1, 0],
    [2, 6],
  ],
  [
    [4, 6],
    [0, 2],
    [4, 3],
  ],
  [
    [3, 4, 5],
    [1, 1, 0],
    [2, 2, 5],
  ],
  [
    [3, 4, 5],
    [0, 0, 4],
    [3, 4, 1],
  ],
  [
    [2, 6, 5, 3],
    [0, 1, 1, 0],
    [2, 4, 3, 3],
  ],
  [
    [2, 6, 5, 3],
    [1, 0, 0, 1],
    [1, 6, 5, 2],
  ],
  [
    [2, 3, 2, 2, 3],
    [0, 1, 0, 1, 0],
    [2, 2, 2, 1, 2],
  ],
  [
    [3, 4],
    [1, 1],
    [0, 2],
  ],
  [
    [2, 2],
    [0, 0],
    [2, 2],
  ],
];

describe('slice on wasm', () => {
  it.each(cases)('of %j from %j takes %j', (shape, begin, size) => {
    const before = tf.memory();
    tf.tidy(() => {
      const all = tf.util.sizeFromShape(shape);
      const values = noise(all, 1);
      const expected: number[] = [];
      for (let i = 0; i < all; i++) {
        const at = shape.map((length, axis) => {
          const after = tf.util.sizeFromShape(shape.slice(axis + 1));
          return Math.floor(i / after) % length;
        });
        if (at.every((index, axis) => index >= begin[axis]! && index < begin[axis]! + size[axis]!)) {
          expected.push(values[i]!);
        }
      }
      const result = tf.slice(tf.tensor(values, shape), begin, size);
      expect(result.shape).toEqual(size);
      expect(Array.from(result.dataSync())).toEqual(expected);
    });
    expect(tf.memory().numBytes).toBe(before.numBytes);
  });

  it('takes whole numbers, truth values and strings', () => {
    tf.tidy(() => {
      expect(Array.from(tf.slice(tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32'), [0, 1], [2, 1]).dataSync())).toEqual([
        2, 4,
      ]);
      expect(Array.from(tf.slice(tf.tensor2d([1, 0, 0, 1], [2, 2], 'bool'), [0, 1], [2, 1]).dataSync())).toEqual([
        0, 1,
      ]);
      expect(Array.from(tf.slice(tf.tensor1d(['a', 'b', 'c']), 1, 2).dataSync())).toEqual(['b', 'c']);
    });
  });

  it('refuses what is outside', () => {
    const x = tf.ones([2, 3]);
    const before = tf.memory().numTensors;
    expect(() => tf.slice(x, [0, 2], [2, 2])).toThrow();
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });
});
