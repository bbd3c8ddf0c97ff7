import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TensorFlowBackend } from '../vendored.js';
import type { NativeBinding } from './binding.js';
import { TF_BOOL, TF_COMPLEX64, TF_FLOAT, TF_INT32, TF_INT64, TF_STRING, TF_UINT8 } from './dtypes.js';
import { intAttribute, typeAttribute } from './op-attributes.js';
import { TensorFlowError } from './status.js';

let binding: NativeBinding;
beforeEach(() => {
  binding = (tf.backend() as TensorFlowBackend).binding;
});

const bytes = (text: string) => new TextEncoder().encode(text);
const long = 'a string too long to lie within its descriptor '.repeat(40);

describe('tensors by way of TensorFlow', () => {
  const values: [string, number, number[], ArrayBufferView | Uint8Array[]][] = [
    ['float32', TF_FLOAT, [2, 3], Float32Array.of(1.5, -2, Number.POSITIVE_INFINITY, 1e-30, 0, 3e38)],
    ['int32', TF_INT32, [3], Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1)],
    ['bool', TF_BOOL, [4], Uint8Array.of(1, 0, 0, 1)],
    ['uint8', TF_UINT8, [2, 1, 1], Uint8Array.of(0, 255)],
    ['complex64', TF_COMPLEX64, [2], Float32Array.of(1, 2, -3, 4)],
    ['int64', TF_INT64, [3], BigInt64Array.of(-(2n ** 63n), -1n, 2n ** 63n - 1n)],
    ['string', TF_STRING, [2, 2], [bytes(''), bytes('short'), bytes(long), Uint8Array.of(0, 255, 0)]],
    ['a scalar', TF_FLOAT, [], Float32Array.of(7)],
    ['no elements', TF_FLOAT, [0, 3], new Float32Array(0)],
    ['no strings', TF_STRING, [0], []],
  ];

  it.each(values)('%s come back as they went', (_, dtype, shape, data) => {
    const before = binding.getNumOfTensors();
    const id = binding.createTensor(shape, dtype, data);
    expect(binding.tensorDataSync(id)).toEqual(data);
    // Through an operation too: TensorFlow's own view of shape and dtype.
    const [copy] = binding.executeOp('Identity', [typeAttribute('T', dtype)], [id], 1);
    expect(copy).toMatchObject({ shape, dtype });
    expect(binding.tensorDataSync(copy!.id)).toEqual(data);
    binding.deleteTensor(id);
    expect(binding.tensorDataSync(copy!.id)).toEqual(data);
    binding.deleteTensor(copy!.id);
    expect(binding.getNumOfTensors()).toBe(before);
  });

  it('reads int64 from pairs of int32, as tfjs-node gives them', () => {
    const id = binding.createTensor([2], TF_INT64, Int32Array.of(5, 0, -1, -1));
    expect(binding.tensorDataSync(id)).toEqual(BigInt64Array.of(5n, -1n));
    binding.deleteTensor(id);
  });

  it('takes loose numbers and booleans', () => {
    const id = binding.createTensor([2], TF_BOOL, [true, false]);
    expect(binding.tensorDataSync(id)).toEqual(Uint8Array.of(1, 0));
    binding.deleteTensor(id);
  });

  it.each([
    ['too few numbers', [3], TF_FLOAT, Float32Array.of(1, 2), 'A tensor of shape [3] holds 12 bytes, got 8'],
    ['too many strings', [1], TF_STRING, [bytes('a'), bytes('b')], 'A tensor of shape [1] holds 1 strings, got 2'],
  ])('refuses %s', (_, shape, dtype, data, message) => {
    const before = binding.getNumOfTensors();
    expect(() => binding.createTensor(shape as number[], dtype as number, data as Uint8Array[])).toThrow(
      new RangeError(message as string),
    );
    expect(binding.getNumOfTensors()).toBe(before);
  });

  it('frees tensors, long strings included', () => {
    const strings = Array.from({ length: 1000 }, () => bytes(long));
    const numbers = new Float32Array(1e6);
    const once = () => {
      for (const id of [
        binding.createTensor([1000], TF_STRING, strings),
        binding.createTensor([1e6], TF_FLOAT, numbers),
      ]) {
        binding.tensorDataSync(id);
        binding.deleteTensor(id);
      }
    };
    for (let i = 0; i < 10; i++) once();
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 100; i++) once();
    // 100 times what is made at once would be 590 MB.
    expect(process.memoryUsage.rss() - before).toBeLessThan(150e6);
  });

  it('deletes a tensor once, and says so when a deleted one is used', () => {
    const id = binding.createTensor([1], TF_FLOAT, [1]);
    binding.deleteTensor(id);
    binding.deleteTensor(id);
    expect(() => binding.tensorDataSync(id)).toThrow(`TensorFlow holds no tensor ${id}: it has been disposed`);
  });
});

describe('operations', () => {
  it('throws what TensorFlow says, after the name of the operation', () => {
    const [a, b] = [tf.tensor2d([[1, 2]]), tf.tensor2d([[3, 4]])];
    tf.dispose(tf.add(a, b)); // tfjs hands tensors over when they are first used
    const before = { tensors: tf.memory().numTensors, handles: binding.getNumOfTensors() };
    let error: unknown;
    try {
      tf.matMul(a, b);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TensorFlowError);
    expect(error).toMatchObject({ name: 'TensorFlowError', operation: 'BatchMatMulV2', code: 3 });
    expect((error as Error).message).toMatch(/^BatchMatMulV2: .*(incompatible|mismatch)/i);
    expect({ tensors: tf.memory().numTensors, handles: binding.getNumOfTensors() }).toEqual(before);
    tf.dispose([a, b]);
  });

  it.each([
    ['an operation that does not exist', 'NoSuchOp', [], [], /^NoSuchOp: .*NoSuchOp/],
    ['an attribute that is missing', 'Cast', [], [1], /^Cast: /],
    ['too few inputs', 'AddV2', [typeAttribute('T', TF_FLOAT)], [1], /^AddV2: /],
  ] as const)('refuses %s', (_, name, attributes, inputs, message) => {
    const id = binding.createTensor([1], TF_FLOAT, [1]);
    const before = binding.getNumOfTensors();
    const given = inputs.map(() => id);
    expect(() => binding.executeOp(name, attributes, given, 1)).toThrow(message);
    expect(binding.getNumOfTensors()).toBe(before);
    expect(binding.tensorDataSync(id)).toEqual(Float32Array.of(1));
    binding.deleteTensor(id);
  });

  it('gives back any number of outputs', () => {
    const x = binding.createTensor(
      [300],
      TF_INT32,
      Int32Array.from({ length: 300 }, (_, i) => i),
    );
    const attributes = [intAttribute('num', 300), intAttribute('axis', 0), typeAttribute('T', TF_INT32)];
    const outputs = binding.executeOp('Unpack', attributes, [x], 300);
    expect(outputs.map(({ id }) => (binding.tensorDataSync(id) as Int32Array)[0])).toEqual(
      Array.from({ length: 300 }, (_, i) => i),
    );
    for (const { id } of [...outputs, { id: x }]) binding.deleteTensor(id);
  });

  it('leaves saved models out, and says so', () => {
    expect(() => binding.loadSavedModel()).toThrow('Saved models cannot be loaded on this backend');
  });
});

describe('tfjs on TensorFlow', () => {
  it('keeps as many handles as there are tensors', () => {
    const before = binding.getNumOfTensors();
    const kept = tf.tidy(() => {
      const x = tf.variable(tf.randomNormal([8, 4]));
      const loss = () => tf.mean(tf.square(tf.matMul(x as tf.Tensor2D, tf.ones([4, 3])))) as tf.Scalar;
      const { value, grads } = tf.variableGrads(loss, [x]);
      x.assign(tf.sub(x, grads[x.name]!));
      x.dispose();
      return value;
    });
    expect(binding.getNumOfTensors()).toBe(before + 1);
    kept.dispose();
    expect(binding.getNumOfTensors()).toBe(before);
  });

  it('carries strings and complex numbers', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      expect(tf.concat([tf.tensor1d(['a', long]), tf.tensor1d(['äöü'])]).dataSync()).toEqual(['a', long, 'äöü']);
      const product = tf.mul(tf.complex([1, 0], [2, 1]), tf.complex([3, 0], [4, 1]));
      expect(tf.real(product)).toBeAllclose([-5, -1]);
      expect(tf.imag(product)).toBeAllclose([10, 0]);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
