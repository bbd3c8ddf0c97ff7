import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { noise } from '../gradients/testing/noise.js';

describe('the gradient of relu on wasm', () => {
  it.each([1, 3, 4, 7, 64])('of %i numbers', (size) => {
    const before = tf.memory();
    tf.tidy(() => {
      const x = tf.tensor1d(noise(size, 1).map((value, i) => (i % 5 === 2 ? 0 : value)));
      const dy = tf.tensor1d(noise(size, 2));
      const values = x.dataSync();
      const expected = dy.dataSync().map((value, i) => (values[i]! > 0 ? value : 0));
      expect(tf.grad((at) => tf.relu(at))(x, dy)).toBeAllclose(expected, 0);
    });
    expect(tf.memory().numBytes).toBe(before.numBytes);
  });

  it('has a gradient itself', () => {
    tf.tidy(() => {
      const slope = tf.grad((at) => tf.square(tf.relu(at)));
      const second = tf.grad((at) => slope(at))(tf.tensor1d([-2, -0.5, 0, 0.5, 2]), tf.tensor1d([1, 2, 3, 4, 5]));
      expect(second).toBeAllclose([0, 0, 0, 8, 10]);
    });
  });
});
