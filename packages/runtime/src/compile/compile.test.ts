import { atEachCall, perCall, perCallTensor } from '@hcsc/trace';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { compile } from './compile.js';

const numbers = (tensor: tf.Tensor) => {
  const values = Array.from(tensor.dataSync());
  tensor.dispose();
  return values;
};

test('a function gives what it gives without compile, at each call', () => {
  const before = tf.memory().numTensors;
  const step = compile((x: tf.Tensor, { y }: { y: tf.Tensor }) => ({
    sum: tf.add(x, y),
    list: [tf.mul(x, 3)],
    name: 'a',
  }));
  for (const value of [1, 2, 5]) {
    const [x, y] = [tf.tensor1d([value, 2]), tf.scalar(10)];
    const { sum, list, name } = step(x, { y });
    expect(numbers(sum)).toEqual([value + 10, 12]);
    expect(numbers(list[0]!)).toEqual([3 * value, 6]);
    expect(name).toBe('a');
    tf.dispose([x, y]);
  }
  step.dispose();
  expect(tf.memory().numTensors).toBe(before);
  expect(() => step(tf.scalar(1), { y: tf.scalar(1) })).toThrow(/has been disposed/);
});

test('variables are read at each call and assigned after it', () => {
  const before = tf.memory().numTensors;
  const [total, scale] = [tf.tidy(() => tf.variable(tf.scalar(1))), tf.tidy(() => tf.variable(tf.scalar(2)))];
  const initial = tf.clone(total); // shares the variable's values, and keeps them
  const step = compile(
    (x: tf.Scalar) => {
      total.assign(tf.add(total, tf.mul(x, scale)));
      total.assign(tf.add(total, 1));
      return tf.sub(total, initial);
    },
    { variables: [total] },
  );
  const x = tf.scalar(10);
  expect(numbers(step(x))).toEqual([21]);
  tf.tidy(() => scale.assign(tf.scalar(3)));
  expect(numbers(step(x))).toEqual([52]);
  expect(total.dataSync()[0]).toBe(53);
  tf.tidy(() => total.assign(tf.scalar(0)));
  expect(numbers(step(x))).toEqual([30]);
  step.dispose();
  tf.dispose([x, total, scale, initial]);
  expect(tf.memory().numTensors).toBe(before);
});

test('gradients, custom gradients, nested tidies and the state of an optimiser are as without compile', () => {
  const run = (use: <A extends unknown[], R>(fn: (...args: A) => R) => (...args: A) => R) => {
    const w = tf.variable(tf.tensor2d([0.5, -0.3, 0.8, 0.1], [2, 2]));
    const square = tf.customGrad((x, save) => {
      (save as tf.GradSaveFunc)([x as tf.Tensor]);
      return { value: tf.square(x as tf.Tensor), gradFunc: (dy, [x]) => tf.mul(dy, tf.mul(x!, 2)) };
    });
    const optimizer = new (class extends tf.AdamOptimizer {})(0.05, 0.9, 0.999);
    const step = use((x: tf.Tensor2D) => {
      const { value, grads } = tf.variableGrads(
        () => tf.tidy(() => tf.mean(square(tf.relu(tf.matMul(x, w as tf.Variable<tf.Rank.R2>))))) as tf.Scalar,
        [w],
      );
      optimizer.applyGradients(grads as Record<string, tf.Variable>);
      return value;
    });
    const x = tf.tensor2d([1, 2, -1, 0.5, 0.25, 3], [3, 2]);
    const losses = Array.from({ length: 5 }, () => numbers(step(x))[0]!);
    const weights = Array.from(w.dataSync());
    tf.dispose([w, x]);
    optimizer.dispose();
    return [...losses, ...weights];
  };
  const [eager, compiled] = [run((fn) => fn), run((fn) => compile(fn))];
  for (const [i, value] of eager.entries()) expect(compiled[i]).toBeCloseTo(value, 5);
});

test('a layers model trains as without compile', () => {
  const run = (compiled: boolean) => {
    const model = layers.sequential({
      layers: [
        layers.layers.conv2d({
          filters: 3,
          kernelSize: 3,
          strides: 2,
          inputShape: [6, 6, 1],
          kernelInitializer: layers.initializers.constant({ value: 0.1 }),
        }),
        layers.layers.batchNormalization({ momentum: 0.9 }),
        layers.layers.reLU(),
        layers.layers.maxPooling2d({ poolSize: 2 }),
        layers.layers.flatten(),
        layers.layers.dense({ units: 2, kernelInitializer: layers.initializers.constant({ value: 0.2 }) }),
      ],
    });
    const trained = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const body = (x: tf.Tensor4D) => {
      const { value, grads } = tf.variableGrads(
        () => tf.mean(tf.square(tf.sub(model.apply(x, { training: true }) as tf.Tensor, 1))) as tf.Scalar,
        trained,
      );
      for (const variable of trained) variable.assign(tf.sub(variable, tf.mul(grads[variable.name]!, 0.1)));
      return value;
    };
    const step = compiled ? compile(body) : (x: tf.Tensor4D) => tf.tidy(() => body(x));
    const x = tf.tensor4d(
      Array.from({ length: 144 }, (_, i) => Math.sin(i)),
      [4, 6, 6, 1],
    );
    const losses = Array.from({ length: 4 }, () => numbers(step(x))[0]!);
    const weights = model.weights.flatMap((weight) => Array.from(weight.read().dataSync()));
    model.dispose();
    x.dispose();
    return [...losses, ...weights];
  };
  const [eager, compiled] = [run(false), run(true)];
  expect(eager[3]).toBeLessThan(eager[0]!);
  for (const [i, value] of eager.entries()) expect(compiled[i]).toBeCloseTo(value, 4);
});

test('values of the host are read anew, and actions done, at each call and in order', () => {
  let count = 0;
  const step = compile((x: tf.Scalar) => {
    const first = perCall(() => count, 'int32');
    atEachCall(() => {
      count += 10;
    });
    const pair = perCallTensor([2], () => Float32Array.of(count, -count));
    const next = tf.tidy(() =>
      tf.add(
        perCall(() => count),
        1,
      ),
    ); // what is read is disposed before the end
    return [first, pair, tf.mul(x, next)];
  });
  for (const start of [0, 10, 20]) {
    const x = tf.scalar(2);
    expect(step(x).map(numbers)).toEqual([[start], [start + 10, -start - 10], [2 * (start + 11)]]);
    x.dispose();
  }
  expect(count).toBe(30);
  step.dispose();
});

test('inside a gradient and inside another compiled function it runs as it is', () => {
  const inner = compile((x: tf.Tensor) => tf.square(x));
  const gradient = tf.grad((x) => tf.sum(inner(x)));
  const x = tf.tensor1d([1, -3]);
  expect(numbers(gradient(x))).toEqual([2, -6]);
  const outer = compile((x: tf.Tensor) => tf.add(inner(x), 1));
  expect(numbers(outer(x))).toEqual([2, 10]);
  x.dispose();
  outer.dispose();
  inner.dispose();
});

test('an async function and a number as argument are refused', () => {
  const before = tf.memory().numTensors;
  const later = compile(async (x: tf.Tensor) => tf.add(x, 1));
  const x = tf.scalar(1);
  expect(() => later(x)).toThrow('Cannot compile an async function: do what must be awaited outside of it');
  const plus = compile((x: tf.Tensor, n: number) => tf.add(x, n));
  expect(() => plus(x, 3)).toThrow('with the number 3, which would be frozen: give tf.scalar(3)');
  x.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('a call that throws leaves variables and the number of tensors as they were', () => {
  const w = tf.variable(tf.tensor1d([1, 2]));
  const before = tf.memory();
  const step = compile((x: tf.Tensor) => {
    const { grads } = tf.variableGrads(() => {
      const y = tf.mul(tf.relu(tf.mul(w, x)), 2);
      if (x.rank === 1) throw new RangeError('no vectors');
      return tf.sum(y) as tf.Scalar;
    }, [w]);
    w.assign(grads[w.name] as tf.Tensor1D);
    return x;
  });
  const [vector, scalar] = [tf.tensor1d([1, 2]), tf.scalar(2)];
  expect(() => step(vector)).toThrow('no vectors');
  expect(Array.from(w.dataSync())).toEqual([1, 2]);
  numbers(step(scalar));
  expect(Array.from(w.dataSync())).toEqual([4, 4]);
  expect(() => step(vector)).toThrow('no vectors');
  expect(Array.from(w.dataSync())).toEqual([4, 4]);
  tf.dispose([vector, scalar]);
  if (tf.getBackend() === 'tensorflow') expect(tf.memory().numTensors).toBe(before.numTensors);
  w.dispose();
  step.dispose();
});
