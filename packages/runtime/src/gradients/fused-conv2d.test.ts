import { conv2dTranspose, fused, grads, memory, type Tensor4D, tensor1d, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { noise } from './testing/noise.js';
import { slowConv2d } from './testing/slow-conv2d.js';

const cases = [1, 2].flatMap((stride) =>
  [1, 3].flatMap((size) => (['same', 'valid'] as const).map((padding) => ({ stride, size, padding }))),
);
const make = ([n, h, w, c]: number[], seed: number) => tensor4d(noise(n! * h! * w! * c!, seed), [n!, h!, w!, c!]);

describe('convolutions of tfjs-layers, which differentiate through kernels', () => {
  it.each(cases)('stride $stride, filter $size, padding $padding', ({ stride, size, padding }) => {
    const before = memory();
    tidy(() => {
      const x = make([2, 7, 8, 3], 1);
      const filter = make([size, size, 3, 4], 2);
      const run = (image: Tensor4D, kernel: Tensor4D) =>
        fused.conv2d({ x: image, filter: kernel, strides: stride, pad: padding });
      const y = run(x, filter);
      const dy = make(y.shape, 3);
      const [dx, dw] = grads((image, kernel) => run(image as Tensor4D, kernel as Tensor4D))([x, filter], dy);
      const slow = slowConv2d(x, filter, dy, stride, padding);
      expect(y).toBeAllclose(slow.y, 1e-5);
      expect(dx).toBeAllclose(slow.x, 1e-5);
      expect(dw).toBeAllclose(slow.filter, 1e-5);
      expect(conv2dTranspose(dy, filter, x.shape, stride, padding)).toBeAllclose(slow.x, 1e-5);
    });
    expect(memory().numTensors).toBe(before.numTensors);
    expect(memory().numDataBuffers).toBe(before.numDataBuffers);
    expect(memory().numBytes).toBe(before.numBytes);
  });

  it('adds a bias and applies an activation', () => {
    const before = memory();
    tidy(() => {
      const [x, filter, bias] = [make([2, 5, 4, 8], 1), make([3, 3, 8, 8], 2), tensor1d(noise(8, 4))];
      const plain = slowConv2d(x, filter, make([2, 5, 4, 8], 3), 1, 'same').y;
      const offsets = bias.dataSync();
      const expected = plain.data.map((value, i) => Math.max(0, value + offsets[i % 8]!));
      const y = fused.conv2d({ x, filter, strides: 1, pad: 'same', bias, activation: 'relu' });
      expect(y).toBeAllclose({ shape: plain.shape, data: expected }, 1e-5);
    });
    expect(memory().numBytes).toBe(before.numBytes);
  });
});
