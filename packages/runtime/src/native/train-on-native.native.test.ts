import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { noise } from '../gradients/testing/noise.js';

const kernel = (name: string, inputs: tf.NamedTensorMap, attrs = {}) =>
  tf.engine().runKernel(name, inputs, attrs) as tf.Tensor | tf.Tensor[];

describe('BatchNormTraining', () => {
  const [batch, height, width, channels] = [3, 4, 5, 6] as const;
  const epsilon = 1e-3;
  const count = batch * height * width;

  /** Forward and backward by the definition, in double precision. */
  function slow(x: ArrayLike<number>, scale: ArrayLike<number>, offset: ArrayLike<number>, dy: ArrayLike<number>) {
    const result = {
      y: new Float64Array(x.length),
      mean: new Float64Array(channels),
      variance: new Float64Array(channels),
      dx: new Float64Array(x.length),
      dScale: new Float64Array(channels),
      dOffset: new Float64Array(channels),
    };
    const { y, mean, variance, dx, dScale, dOffset } = result;
    for (let i = 0; i < x.length; i++) mean[i % channels]! += x[i]! / count;
    for (let i = 0; i < x.length; i++) variance[i % channels]! += (x[i]! - mean[i % channels]!) ** 2 / count;
    const normalised = (i: number) => (x[i]! - mean[i % channels]!) / Math.sqrt(variance[i % channels]! + epsilon);
    for (let i = 0; i < x.length; i++) {
      const c = i % channels;
      y[i] = normalised(i) * scale[c]! + offset[c]!;
      dScale[c]! += dy[i]! * normalised(i);
      dOffset[c]! += dy[i]!;
    }
    for (let i = 0; i < x.length; i++) {
      const c = i % channels;
      const centred = dy[i]! - dOffset[c]! / count - (normalised(i) * dScale[c]!) / count;
      dx[i] = (scale[c]! / Math.sqrt(variance[c]! + epsilon)) * centred;
    }
    return result;
  }

  it('and its gradient agree with the definition, far from zero too', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const shape = [batch, height, width, channels];
      const x = tf.add(tf.mul(tf.tensor(noise(count * channels, 1), shape), 2), 10);
      const dy = tf.tensor(noise(count * channels, 2), shape);
      const scale = tf.tensor1d(noise(channels, 3));
      const offset = tf.tensor1d(noise(channels, 4));
      const expected = slow(x.dataSync(), scale.dataSync(), offset.dataSync(), dy.dataSync());

      const inside = tf.memory().numTensors;
      const [y, mean, variance] = kernel('BatchNormTraining', { x, scale, offset }, { epsilon }) as tf.Tensor[];
      const gradients = kernel(
        'BatchNormTrainingGrad',
        { dy, x, scale, mean: mean!, variance: variance! },
        { epsilon },
      );
      expect(tf.memory().numTensors).toBe(inside + 6);

      expect(y).toBeAllclose({ shape, data: expected.y }, 1e-5);
      expect(mean).toBeAllclose({ shape: [channels], data: expected.mean }, 1e-6);
      expect(variance).toBeAllclose({ shape: [channels], data: expected.variance }, 1e-5);
      const [dx, dScale, dOffset] = gradients as tf.Tensor[];
      expect(dx).toBeAllclose({ shape, data: expected.dx }, 1e-4);
      expect(dScale).toBeAllclose({ shape: [channels], data: expected.dScale }, 1e-4);
      expect(dOffset).toBeAllclose({ shape: [channels], data: expected.dOffset }, 1e-5);
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses inputs that do not fit, and leaves nothing behind', () => {
    const [x, scale] = [tf.ones([2, 2, 2, 3]), tf.ones([4])];
    const before = tf.memory().numTensors;
    expect(() => kernel('BatchNormTraining', { x, scale, offset: scale }, { epsilon })).toThrow(/^FusedBatchNormV3: /);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, scale]);
  });
});

describe("relu's gradient", () => {
  const x = () => tf.tensor1d([-2, -0.5, 0, 0.5, 2]);
  const dy = () => tf.tensor1d([1, 2, 3, 4, 5]);

  it.each(['tensorflow', 'wasm'])('is right on %s while the native runtime runs', async (backend) => {
    const native = tf.getBackend();
    await tf.setBackend(backend);
    try {
      tf.tidy(() => {
        expect(tf.grad((at) => tf.relu(at))(x(), dy())).toBeAllclose([0, 0, 0, 4, 5]);
        // The second derivative of relu(x)² is 2 where x > 0.
        const slope = tf.grad((at) => tf.square(tf.relu(at)));
        expect(tf.grad((at) => slope(at))(x(), dy())).toBeAllclose([0, 0, 0, 8, 10]);
      });
    } finally {
      await tf.setBackend(native);
    }
  });
});
