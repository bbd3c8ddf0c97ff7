import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { noise } from '../gradients/testing/noise.js';

const kernel = (name: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap) =>
  tf.engine().runKernel(name, inputs, attrs) as tf.Tensor[];
const epsilon = 1e-3;

/** Forward and backward by the definition, in double precision. */
function slow(x: ArrayLike<number>, scale: ArrayLike<number>, offset: ArrayLike<number>, dy: ArrayLike<number>) {
  const channels = scale.length;
  const count = x.length / channels;
  const zeros = () => new Float64Array(channels);
  const [mean, variance, dScale, dOffset] = [zeros(), zeros(), zeros(), zeros()];
  for (let i = 0; i < x.length; i++) mean[i % channels]! += x[i]! / count;
  for (let i = 0; i < x.length; i++) variance[i % channels]! += (x[i]! - mean[i % channels]!) ** 2 / count;
  const normalised = Float64Array.from(
    { length: x.length },
    (_, i) => (x[i]! - mean[i % channels]!) / Math.sqrt(variance[i % channels]! + epsilon),
  );
  for (let i = 0; i < x.length; i++) {
    dScale[i % channels]! += dy[i]! * normalised[i]!;
    dOffset[i % channels]! += dy[i]!;
  }
  const y = normalised.map((value, i) => value * scale[i % channels]! + offset[i % channels]!);
  const dx = normalised.map((value, i) => {
    const c = i % channels;
    const centred = dy[i]! - dOffset[c]! / count - (value * dScale[c]!) / count;
    return (scale[c]! / Math.sqrt(variance[c]! + epsilon)) * centred;
  });
  return { y, mean, variance, dx, dScale, dOffset };
}

describe('BatchNormTraining on wasm', () => {
  const shapes = [[3, 4, 5, 6], [2, 3, 3, 1], [2, 2, 2, 4], [5, 2, 2, 8], [3, 3, 2, 13], [4, 20, 20, 16], [2, 2, 1, 5000]]; // biome-ignore format: one line

  it.each(shapes.map((shape) => ({ shape })))('and its gradient agree with the definition, $shape', ({ shape }) => {
    const before = tf.memory();
    tf.tidy(() => {
      const [size, channels] = [tf.util.sizeFromShape(shape), shape.at(-1)!];
      // Far from zero, where the square of the mean would hide the variance.
      const x = tf.add(tf.mul(tf.tensor(noise(size, 1), shape), 2), 10);
      const dy = tf.tensor(noise(size, 2), shape);
      const [scale, offset] = [tf.tensor1d(noise(channels, 3)), tf.tensor1d(noise(channels, 4))];
      const expected = slow(x.dataSync(), scale.dataSync(), offset.dataSync(), dy.dataSync());
      const [y, mean, variance] = kernel('BatchNormTraining', { x, scale, offset }, { epsilon });
      expect(y).toBeAllclose({ shape, data: expected.y }, 1e-5);
      expect(mean).toBeAllclose({ shape: [channels], data: expected.mean }, 1e-6);
      expect(variance).toBeAllclose({ shape: [channels], data: expected.variance }, 1e-5);
      const inputs = { dy, x, scale, mean: mean!, variance: variance! };
      const [dx, dScale, dOffset] = kernel('BatchNormTrainingGrad', inputs, { epsilon });
      expect(dx).toBeAllclose({ shape, data: expected.dx }, 1e-4);
      expect(dScale).toBeAllclose({ shape: [channels], data: expected.dScale }, 1e-4);
      expect(dOffset).toBeAllclose({ shape: [channels], data: expected.dOffset }, 1e-5);
    });
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numBytes).toBe(before.numBytes);
  });

  it('refuses inputs that do not fit, and leaves nothing behind', () => {
    const [x, scale] = [tf.ones([2, 2, 2, 3]), tf.ones([4])];
    const before = tf.memory();
    const wrong = () => kernel('BatchNormTraining', { x, scale, offset: scale }, { epsilon });
    expect(wrong).toThrow(/3 channels.*scale.*\[4\]/);
    const inputs = { dy: tf.ones([2, 2, 3]), x, scale, mean: scale, variance: scale };
    expect(() => kernel('BatchNormTrainingGrad', inputs, { epsilon })).toThrow(RangeError);
    inputs.dy.dispose();
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    tf.dispose([x, scale]);
  });
});
