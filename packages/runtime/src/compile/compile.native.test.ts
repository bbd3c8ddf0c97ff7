import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { describe, expect, test, vi } from 'vitest';
import { TF_FLOAT } from '../native/dtypes.js';
import { typeAttribute } from '../native/op-attributes.js';
import type { TensorFlowBackend } from '../vendored.js';
import { type CompileOptions, compile } from './compile.js';

const numbers = (tensor: tf.Tensor) => {
  const values = Array.from(tensor.dataSync());
  tensor.dispose();
  return values;
};
const whereAbove0 = (x: tf.Tensor) =>
  (tf.backend() as TensorFlowBackend).executeSingleOutput('Where', [typeAttribute('T', TF_FLOAT)], [x]);
const held = () => (tf.backend() as TensorFlowBackend).binding.getNumOfTensors();

test('it is traced once per signature: structure, shapes and dtypes', () => {
  const fn = vi.fn((x: tf.Tensor, flags: { double: boolean }) => tf.mul(x, flags.double ? 2 : 1));
  const step = compile(fn);
  const [a, b, c] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4]), tf.tensor1d([5])];
  expect(numbers(step(a, { double: true }))).toEqual([2, 4]);
  expect(numbers(step(b, { double: true }))).toEqual([6, 8]);
  expect([fn.mock.calls.length, step.traces]).toEqual([1, 1]);
  expect(numbers(step(c, { double: true }))).toEqual([10]);
  expect(numbers(step(a, { double: false }))).toEqual([1, 2]);
  const whole = tf.cast(a, 'int32');
  expect(numbers(step(whole, { double: false }))).toEqual([1, 2]);
  expect([fn.mock.calls.length, step.traces]).toEqual([4, 4]);
  step.reset();
  expect(numbers(step(a, { double: true }))).toEqual([2, 4]);
  expect(fn.mock.calls.length).toBe(5);
  tf.dispose([a, b, c, whole]);
  step.dispose();
});

test.each(['small', 'large'])('a %s tensor from outside is captured by value, and may be disposed', (size) => {
  const n = size === 'small' ? 3 : 5000;
  const outside = tf.range(0, n);
  const uploaded = tf.add(outside, 0);
  const step = compile((x: tf.Scalar) => tf.sum(tf.mul(tf.add(outside, uploaded), x)));
  const x = tf.scalar(1);
  const total = n * (n - 1);
  expect(numbers(step(x))[0]).toBeCloseTo(total, -2);
  tf.dispose([outside, uploaded]);
  expect(numbers(step(x))[0]).toBeCloseTo(total, -2);
  x.dispose();
  step.dispose();
});

test('every dtype goes in and out, and lists of inputs', () => {
  const step = compile((b: tf.Tensor, i: tf.Tensor, c: tf.Tensor, s: tf.Tensor) => [
    tf.logicalNot(b),
    tf.concat([i, tf.reshape(tf.stack([i, i]), [4])], 0),
    tf.mul(c, c),
    tf.concat([s, s]),
  ]);
  const args = [
    tf.tensor1d([true, false]),
    tf.tensor1d([1, 2], 'int32'),
    tf.complex([1], [2]),
    tf.tensor1d(['x', 'y'.repeat(100)]),
  ] as const;
  for (let call = 0; call < 2; call++) {
    const [b, i, c, s] = step(...args);
    expect([b!.dtype, numbers(b!)]).toEqual(['bool', [0, 1]]);
    expect([i!.dtype, numbers(i!)]).toEqual(['int32', [1, 2, 1, 2, 1, 2]]);
    expect([c!.dtype, numbers(c!)]).toEqual(['complex64', [-3, 4]]);
    expect([s!.dtype, numbers(s!)]).toEqual(['string', ['x', 'y'.repeat(100), 'x', 'y'.repeat(100)]]);
  }
  tf.dispose([...args]);
  step.dispose();
});

test('arguments, variables and captures may be results as they are', () => {
  const [v, outside] = [tf.variable(tf.scalar(1)), tf.scalar(2)];
  const step = compile((x: tf.Tensor) => [x, x, v, outside]);
  const x = tf.scalar(3);
  expect(step(x).map(numbers)).toEqual([[3], [3], [1], [2]]);
  v.assign(tf.tidy(() => tf.scalar(7)));
  expect(step(x).map(numbers)).toEqual([[3], [3], [7], [2]]);
  tf.dispose([v, outside, x]);
  step.dispose();
});

test('XLA gives the same', () => {
  const step = compile((x: tf.Tensor2D) => tf.softmax(tf.matMul(x, x, false, true)), { jit: 'xla' });
  const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
  const expected = numbers(tf.tidy(() => tf.softmax(tf.matMul(x, x, false, true))));
  for (const [i, value] of numbers(step(x)).entries()) expect(value).toBeCloseTo(expected[i]!, 5);
  x.dispose();
  step.dispose();
});

describe('what cannot be traced is refused by name, and nothing has changed', () => {
  const w = () => tf.variable(tf.tensor1d([1, -2]), true, `w${Math.round(performance.now() * 1e6)}`);
  const cases: [string, (x: tf.Tensor1D, w: tf.Variable) => unknown, RegExp, CompileOptions?][] = [
    [
      'reading values',
      (x) => tf.scalar(tf.square(x).dataSync()[0]!),
      /Cannot read the result of Square while its function/,
    ],
    ['reading an argument', (x) => tf.scalar(x.dataSync()[0]!), /Cannot read the result of an argument while/],
    [
      'a shape of values',
      (x) => whereAbove0(x),
      /Cannot compile Where: the shape of its result depends on values \(\[\?,1\]\)/,
    ],
    [
      'random numbers of the host',
      (x) => tf.add(x, tf.randomNormal([2])),
      /Cannot use Math.random inside a compiled function/,
    ],
    ['keeping a tensor', (x) => [tf.keep(tf.square(x)), x].slice(1), /cannot keep a tensor past its end/],
    ['disposing a variable', (_, w) => w.dispose(), /Cannot dispose the variable w\d+ inside a compiled function/],
    [
      'an unlisted assignment',
      (x, w) => w.assign(tf.mul(w, x)),
      /assigns to the variable w\d+, which is not among its variables/,
      { variables: [] },
    ],
    [
      'an error of TensorFlow',
      (x) => (tf.backend() as TensorFlowBackend).executeSingleOutput('Relu', [], [tf.cast(x, 'bool')]),
      /Relu: /,
    ],
    [
      'an unknown operation',
      (x) => (tf.backend() as TensorFlowBackend).executeSingleOutput('NoSuchOp', [], [x]),
      /NoSuchOp/,
    ],
  ];
  test.each(cases)('%s', (_, fn, message, options) => {
    const variable = w();
    const x = tf.tensor1d([3, 4]);
    const before = [tf.memory().numTensors, tf.memory().numBytes, held()];
    const step = compile((x: tf.Tensor1D) => {
      variable.assign(tf.mul(tf.relu(variable), 5));
      return fn(x, variable);
    }, options);
    if (options) {
      const only = compile((x: tf.Tensor1D) => fn(x, variable), options);
      expect(() => only(x)).toThrow(message);
    } else {
      expect(() => step(x)).toThrow(message);
    }
    expect([tf.memory().numTensors, tf.memory().numBytes, held()]).toEqual(before);
    expect(Array.from(variable.dataSync())).toEqual([1, -2]);
    expect(numbers(tf.relu(variable))).toEqual([1, 0]); // and operations run again
    tf.dispose([variable, x]);
    step.dispose();
  });

  test('creating variables at every call', () => {
    const step = compile(() => tf.sum(tf.variable(tf.scalar(1), false)));
    numbers(step());
    const before = [tf.memory().numTensors, held(), Object.keys(tf.engine().registeredVariables).length];
    expect(() => step()).toThrow(/Cannot create the variable .* inside a compiled function/);
    expect([tf.memory().numTensors, held(), Object.keys(tf.engine().registeredVariables).length]).toEqual(before);
    tf.engine().disposeVariables();
    step.dispose();
  });

  test('dropout without a seed', () => {
    const dropout = layers.layers.dropout({ rate: 0.5 });
    const step = compile((x: tf.Tensor) => dropout.apply(x, { training: true }) as tf.Tensor);
    const x = tf.ones([2, 2]);
    const random = Math.random;
    expect(() => step(x)).toThrow(/Math.random/);
    expect(Math.random).toBe(random);
    x.dispose();
    step.dispose();
  });
});

test('a compiled function outlives a variable that it does not use, and names one that it does', () => {
  const [used, unused] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(1))];
  const step = compile((x: tf.Tensor) => tf.add(x, used));
  const x = tf.scalar(1);
  numbers(step(x));
  unused.dispose();
  expect(numbers(step(x))).toEqual([2]);
  const { name } = used;
  used.dispose();
  expect(() => step(x)).toThrow(`reads the variable ${name}, which has been disposed`);
  x.dispose();
  step.dispose();
});

test('handles are given back by calls and by dispose', () => {
  const v = tf.variable(tf.zeros([2000]));
  const large = tf.ones([2000]);
  const x = tf.scalar(2);
  const use = () => {
    const step = compile((x: tf.Tensor) => {
      v.assign(tf.add(v, tf.mul(large, x)));
      return tf.sum(v);
    });
    for (let call = 0; call < 5; call++) numbers(step(x));
    step.dispose();
  };
  use(); // uploads what is on the host
  const start = [held(), tf.memory().numTensors];
  for (let i = 0; i < 20; i++) use();
  expect(v.dataSync()[0]).toBe(210);
  expect([held(), tf.memory().numTensors]).toEqual(start);
  tf.dispose([v, large, x]);
});
