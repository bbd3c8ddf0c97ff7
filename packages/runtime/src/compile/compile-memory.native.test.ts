import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compile } from './compile.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('10,000 calls hold on to nothing: resident memory grows by less than 20 MB', () => {
  const w = tf.variable(tf.fill([32, 32], 0.01));
  const step = compile((x: tf.Tensor2D) => {
    const { value, grads } = tf.variableGrads(
      () => tf.mean(tf.square(tf.matMul(x, w as tf.Tensor as tf.Tensor2D))) as tf.Scalar,
      [w],
    );
    w.assign(tf.sub(w, tf.mul(grads[w.name]!, 0.01)));
    return value;
  });
  const x = tf.ones([16, 32]) as tf.Tensor2D;
  const call = (times: number) => {
    for (let i = 0; i < times; i++) tf.dispose(step(x));
    collectGarbage();
    return process.memoryUsage().rss / 2 ** 20;
  };
  const before = call(2000);
  expect(call(10_000) - before).toBeLessThan(20);
  tf.dispose([x, w]);
  step.dispose();
});
