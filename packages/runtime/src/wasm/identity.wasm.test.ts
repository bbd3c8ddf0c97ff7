import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';

it('a clone on wasm outlives what it was cloned from', () => {
  const before = tf.memory();
  const x = tf.tidy(() => tf.add(tf.tensor1d([1, 2, 3]), 1));
  const text = tf.tensor1d(['a', 'b']);
  const [copy, words] = [tf.clone(x), tf.clone(text)];
  tf.dispose([x, text]);
  // Memory that was given back would be taken by these.
  const others = Array.from({ length: 20 }, () => tf.fill([3], 9));
  expect(Array.from(copy.dataSync())).toEqual([2, 3, 4]);
  expect(Array.from(words.dataSync())).toEqual(['a', 'b']);
  tf.dispose([copy, words, others]);
  expect(tf.memory().numTensors).toBe(before.numTensors);
  expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
});
