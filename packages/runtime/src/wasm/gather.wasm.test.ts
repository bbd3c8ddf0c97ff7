import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { noise } from '../gradients/testing/noise.js';

it.each([
  [[7], [3]],
  [[7, 5], [4]],
  [
    [7, 5],
    [2, 3],
  ],
  [[7, 2, 3], [6]],
  [[1, 4], [1]],
] as const)('takes rows of %j as %j, again and again', (shape, wanted) => {
  const values = Array.from(noise(tf.util.sizeFromShape([...shape]), 1));
  const before = tf.memory().numTensors;
  const run = values.length / shape[0];
  const places = Array.from({ length: wanted.reduce<number>((a, b) => a * b, 1) }, (_, i) => (i * 5 + 2) % shape[0]);
  for (const dtype of ['float32', 'int32', 'bool'] as const) {
    const x = tf.tensor(dtype === 'float32' ? values : values.map((v) => (v > 0 ? 1 : 0)), [...shape], dtype);
    const indices = tf.tensor(places, [...wanted], 'int32');
    const taken = tf.gather(x, indices as tf.Tensor1D);
    const all = Array.from(x.dataSync());
    expect(taken.shape).toEqual([...wanted, ...shape.slice(1)]);
    expect(Array.from(taken.dataSync())).toEqual(places.flatMap((row) => all.slice(row * run, (row + 1) * run)));
    tf.dispose([x, indices, taken]);
  }
  expect(tf.memory().numTensors).toBe(before);
});

it('refuses a row that is not there', () => {
  const x = tf.ones([3, 2]);
  for (const place of [3, -1]) {
    const indices = tf.tensor1d([place], 'int32');
    expect(() => tf.gather(x, indices)).toThrow(`the index value ${place} is not in [0, 2]`);
    indices.dispose();
  }
  x.dispose();
});

it('takes other axes as before', () => {
  const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  const columns = tf.gather(x, tf.tensor1d([2, 0], 'int32'), 1);
  expect(Array.from(columns.dataSync())).toEqual([3, 1, 6, 4]);
  const negative = tf.gather(x, tf.tensor1d([1], 'int32'), -2);
  expect(Array.from(negative.dataSync())).toEqual([4, 5, 6]);
});
