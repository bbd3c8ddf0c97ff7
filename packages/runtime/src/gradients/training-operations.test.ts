import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { noise } from './testing/noise.js';

type Operation = (x: tf.Tensor) => tf.Tensor;

/** Numbers from 0.4 to 1.6: where logarithms, roots and powers are smooth. */
const positive = (x: tf.Tensor) => tf.add(tf.mul(x, 0.6), 1);
const indices = () => tf.tensor1d([2, 0, 2, 1], 'int32');
const other = (shape: number[]) => tf.tensor(noise(tf.util.sizeFromShape(shape), 9), shape);

/** Everything a network, its loss, its views and its clustering send gradients through, as functions of [3, 4]. */
const operations: Record<string, Operation> = {
  add: (x) => tf.add(x, other([4])),
  addN: (x) => tf.addN([x, x, other([3, 4])]),
  avgPool: (x) => tf.avgPool(tf.reshape(x, [1, 3, 4, 1]) as tf.Tensor4D, 2, 1, 'valid'),
  batchNorm: (x) =>
    tf.batchNorm(x as tf.Tensor2D, tf.mean(x, 0), tf.mean(tf.square(x), 0), other([4]), other([4]), 1e-2),
  broadcastTo: (x) => tf.broadcastTo(x, [2, 3, 4]),
  cast: (x) => tf.mul(tf.cast(x, 'float32'), x),
  clipByValue: (x) => tf.clipByValue(x, -0.5, 0.5),
  concat: (x) => tf.concat([x, tf.square(x)], 1),
  cumsum: (x) => tf.cumsum(x, 1, true),
  divByIt: (x) => tf.div(other([3, 1]), positive(x)),
  elu: tf.elu,
  erf: tf.erf,
  exp: tf.exp,
  expandDims: (x) => tf.expandDims(x, 1),
  gather: (x) => tf.gather(x, indices()),
  gatherAxis1: (x) => tf.gather(x, indices(), 1),
  l2Normalise: (x) => tf.div(x, tf.norm(x, 'euclidean', 1, true)),
  leakyRelu: (x) => tf.leakyRelu(x, 0.1),
  log: (x) => tf.log(positive(x)),
  log1p: (x) => tf.log1p(positive(x)),
  logSoftmax: (x) => tf.logSoftmax(x),
  logSumExp: (x) => tf.logSumExp(x, 1),
  max: (x) => tf.max(x, 1),
  maximum: (x) => tf.maximum(x, other([3, 4])),
  mean: (x) => tf.mean(x, 0),
  min: (x) => tf.min(x, 0),
  minimum: (x) => tf.minimum(x, other([3, 4])),
  moments: (x) => tf.moments(x, [0]).variance,
  mul: (x) => tf.mul(x, other([3, 1])),
  neg: tf.neg,
  oneHotLookUp: (x) => tf.matMul(tf.cast(tf.oneHot(indices(), 3), 'float32') as tf.Tensor2D, x as tf.Tensor2D),
  pad: (x) => tf.pad(x, [[1, 2], [0, 1]]), // biome-ignore format: one line
  pow: (x) => tf.pow(positive(x), 1.5),
  prelu: (x) => tf.prelu(x, other([4])),
  reciprocal: (x) => tf.reciprocal(positive(x)),
  relu: tf.relu,
  relu6: tf.relu6,
  reshape: (x) => tf.reshape(x, [2, 6]),
  resizeBilinear: (x) => tf.image.resizeBilinear(tf.reshape(x, [1, 2, 2, 3]) as tf.Tensor4D, [5, 6]),
  reverse: (x) => tf.reverse(x, 1),
  rsqrt: (x) => tf.rsqrt(positive(x)),
  selu: tf.selu,
  sigmoid: tf.sigmoid,
  sin: tf.sin,
  slice: (x) => tf.slice(x, [1, 0], [2, 3]),
  softmax: (x) => tf.softmax(x),
  softplus: tf.softplus,
  split: (x) => tf.split(x, 2, 1)[1]!,
  sqrt: (x) => tf.sqrt(positive(x)),
  square: tf.square,
  squaredDifference: (x) => tf.squaredDifference(x, other([4])),
  stack: (x) => tf.stack([x, tf.square(x)], 1),
  sub: (x) => tf.sub(other([3, 1]), x),
  sum: (x) => tf.sum(x, 1),
  tanh: tf.tanh,
  tile: (x) => tf.tile(x, [2, 2]),
  transpose: (x) => tf.transpose(x),
  unstack: (x) => tf.unstack(x)[1]!,
  where: (x) => tf.where(tf.greater(other([3, 4]), 0), x, tf.square(x)),
};

describe('gradients that training needs, against finite differences', () => {
  it.each(Object.keys(operations))('%s', (name) => {
    const operation = operations[name]!;
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const values = noise(12, 5);
      const x = tf.tensor2d(values, [3, 4]);
      const weights = tf.tidy(() => {
        const { shape } = operation(x);
        return tf.tensor(noise(tf.util.sizeFromShape(shape), 6), shape);
      });
      const loss = (at: tf.Tensor) => tf.sum(tf.mul(operation(at), weights)) as tf.Scalar;
      const gradient = tf.grad(loss)(x);

      const step = 1e-2;
      const slow = Array.from(values, (_, i) => {
        const at = (by: number) => {
          const moved = Float32Array.from(values);
          moved[i]! += by;
          return loss(tf.tensor2d(moved, [3, 4])).dataSync()[0]!;
        };
        return (at(step) - at(-step)) / (2 * step);
      });
      expect(gradient).toBeAllclose({ shape: [3, 4], data: slow }, 2e-3);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
