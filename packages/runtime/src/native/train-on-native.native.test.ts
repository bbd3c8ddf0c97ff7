import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { noise } from '../gradients/testing/noise.js';
import type { TensorFlowBackend } from '../vendored.js';
import { trainOnNative } from './train-on-native.js';

const kernel = (name: string, inputs: tf.NamedTensorMap, attrs = {}) =>
  tf.engine().runKernel(name, inputs, attrs) as tf.Tensor | tf.Tensor[];

describe('trainOnNative', () => {
  const registered = () => {
    const kernels = tf.getKernelsForBackend('tensorflow');
    const functions = new Map(kernels.map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc]));
    return { functions, gradients: ['Relu', 'ReluGrad'].map((name) => tf.getGradient(name)) };
  };

  it('puts kernels and gradients back as they were, once', () => {
    const before = registered();
    const undo = [trainOnNative(), trainOnNative()];
    expect(registered()).not.toEqual(before);
    for (const step of [...undo.reverse(), ...undo]) step();
    expect(registered()).toEqual(before);
    tf.tidy(() => {
      expect(tf.grad((x) => tf.relu(x))(tf.tensor1d([-1, 2]), tf.tensor1d([3, 4]))).toBeAllclose([0, 4]);
    });
  });

  it('asks no more of the backend than to run operations', () => {
    const backend = tf.backend() as TensorFlowBackend;
    // A backend that refuses to hand out its binding, as another one's binding is not ours.
    const x = tf.ones([2, 4, 4, 3]);
    const guarded = new Proxy(backend, {
      get: (target, name) => {
        if (name === 'binding') throw new Error('the binding was asked for');
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const run = (name: string, inputs: tf.NamedTensorMap, attrs: object) =>
      tf.getKernel(name, 'tensorflow')!.kernelFunc({ inputs, backend: guarded, attrs: attrs as tf.NamedAttrMap });
    const scale = tf.ones([3]);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const normalised = run('BatchNormTraining', { x, scale, offset: scale }, { epsilon: 1e-5 }) as tf.TensorInfo[];
      const [, mean, variance] = normalised as [tf.Tensor, tf.Tensor, tf.Tensor];
      run('BatchNormTrainingGrad', { dy: x, x, scale, mean, variance }, { epsilon: 1e-5 });
      run('ReluGrad', { dy: x, x }, {});
      const output = run('MaxPool', { x }, { filterSize: 3, strides: 2, pad: 1 }) as tf.Tensor;
      run('MaxPoolGrad', { dy: output, input: x, output }, { filterSize: 3, strides: 2, pad: 1 });
      const filter = tf.ones([3, 3, 3, 2]);
      const attributes = { strides: 2, pad: 1, dataFormat: 'NHWC', dilations: 1 };
      const y = run('Conv2D', { x, filter }, attributes) as tf.Tensor;
      run('Conv2DBackpropInput', { dy: y, filter }, { ...attributes, inputShape: x.shape });
      run('Conv2DBackpropFilter', { x, dy: y }, { ...attributes, filterShape: filter.shape });
    });
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, scale]);
  });
});

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
