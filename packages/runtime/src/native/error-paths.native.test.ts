import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { TensorFlowBackend } from '../vendored.js';
import { attributeKinds } from './attributes.js';
import { TF_FLOAT, TF_INT32, TF_STRING } from './dtypes.js';

const { binding } = tf.backend() as TensorFlowBackend;

const type = (value: number) => [{ name: 'T', type: attributeKinds.TF_ATTR_TYPE, value }];
const megabyte = 2 ** 20;
const long = 'a string that is too long to lie in the tensor itself '.repeat(2000);
/** A tensor of one megabyte: if one of a thousand stayed, it would show. */
const large = () => binding.createTensor([megabyte / 4], TF_FLOAT, new Float32Array(megabyte / 4));
const withLarge = (run: (id: number) => unknown) => {
  const id = large();
  try {
    run(id);
  } finally {
    binding.deleteTensor(id);
  }
};

const failures: [what: string, fail: () => unknown, message: RegExp][] = [
  [
    'shapes that do not fit, from tfjs',
    () =>
      tf.tidy(() => {
        const a = tf.ones([512, 512]);
        return tf.tidy(() => tf.add(a, tf.ones([3, 3])));
      }),
    /^Add: Incompatible shapes: \[512,512\] vs. \[3,3\]/,
  ],
  [
    'shapes that do not fit, found by TensorFlow',
    () => withLarge((id) => binding.executeOp('MatMul', type(TF_FLOAT), [id, id], 1)),
    /^MatMul: .*(rank|matri|ndims)/i,
  ],
  [
    'an input of another dtype',
    () => withLarge((id) => binding.executeOp('AddV2', type(TF_INT32), [id, id], 1)),
    /^AddV2: /,
  ],
  ['too few inputs', () => withLarge((id) => binding.executeOp('AddV2', type(TF_FLOAT), [id], 1)), /^AddV2: /],
  [
    'an input that is gone',
    () => withLarge((id) => binding.executeOp('AddV2', type(TF_FLOAT), [id, -1], 1)),
    /no tensor -1/,
  ],
  [
    'an operation that does not exist',
    () => withLarge((id) => binding.executeOp('Nothing', [], [id], 1)),
    /^Nothing: /,
  ],
  [
    'an attribute of a kind that is none',
    () => withLarge((id) => binding.executeOp('AddV2', [{ name: 'T', type: 99, value: 1 }], [id, id], 1)),
    /Attribute T: kind 99 cannot be set/,
  ],
  [
    'too few values',
    () => binding.createTensor([megabyte], TF_FLOAT, new Float32Array(megabyte / 4)),
    /holds 4194304 bytes, got 1048576/,
  ],
  ['a dtype that is none', () => binding.createTensor([1], 99, [1]), /dtype 99 cannot be read or written/],
  [
    'a string among strings that is none',
    () => binding.createTensor([3], TF_STRING, [Buffer.from(long), Buffer.from(long), 7 as unknown as Uint8Array]),
    /^String 2 is to be text or bytes, got number$/,
  ],
  [
    'strings where numbers belong',
    () => {
      const id = binding.createTensor([2], TF_STRING, [Buffer.from(long), Buffer.from(long)]);
      try {
        binding.executeOp('Neg', type(TF_STRING), [id], 1);
      } finally {
        binding.deleteTensor(id);
      }
    },
    /^Neg: /,
  ],
];

describe('after a failure', () => {
  it.each(failures)('nothing is left: %s', (_, fail, message) => {
    const counts = () => ({ tensors: tf.memory().numTensors, handles: binding.getNumOfTensors() });
    const before = counts();
    for (let i = 0; i < 100; i++) expect(fail).toThrow(message);
    const resident = process.memoryUsage.rss();
    for (let i = 0; i < 900; i++) {
      try {
        fail();
      } catch {
        // As the hundred before.
      }
    }
    expect(counts()).toEqual(before);
    expect((process.memoryUsage.rss() - resident) / megabyte).toBeLessThan(50);
  });

  it('the same backend goes on', () => {
    for (const [, fail] of failures) expect(fail).toThrow();
    expect(tf.tidy(() => tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()[0])).toBe(11);
  });
});
