import { grad, maxPool, memory, type Tensor4D, tensor, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { noise } from './testing/noise.js';

const cases = [2, 3].flatMap((size) =>
  [1, 2].flatMap((stride) => (['same', 'valid', 1] as const).map((padding) => ({ size, stride, padding }))),
);

describe('maxPool', () => {
  it.each(cases)('size $size, stride $stride, padding $padding', ({ size, stride, padding }) => {
    const before = memory().numTensors;
    tidy(() => {
      const [batch, height, width, channels] = [2, 7, 6, 3] as const;
      const x = tensor(noise(batch * height * width * channels, 1), [batch, height, width, channels]) as Tensor4D;
      const run = (image: Tensor4D) => maxPool(image, size, stride, padding);
      const y = run(x);
      const [, outHeight, outWidth] = y.shape;
      const dy = tensor(noise(y.size, 2), y.shape) as Tensor4D;
      const dx = grad((image) => run(image as Tensor4D))(x, dy);

      const [xs, ds] = [x.dataSync(), dy.dataSync()];
      const top = paddingBefore(padding, height, outHeight, size, stride);
      const left = paddingBefore(padding, width, outWidth, size, stride);
      const slowY = new Float64Array(y.size);
      const slowDx = new Float64Array(x.size);
      for (let n = 0; n < batch; n++)
        for (let oh = 0; oh < outHeight; oh++)
          for (let ow = 0; ow < outWidth; ow++)
            for (let c = 0; c < channels; c++) {
              let best = -1;
              for (let kh = 0; kh < size; kh++)
                for (let kw = 0; kw < size; kw++) {
                  const h = oh * stride + kh - top;
                  const w = ow * stride + kw - left;
                  if (h < 0 || h >= height || w < 0 || w >= width) continue;
                  const at = ((n * height + h) * width + w) * channels + c;
                  if (best < 0 || xs[at]! > xs[best]!) best = at;
                }
              const out = ((n * outHeight + oh) * outWidth + ow) * channels + c;
              slowY[out] = xs[best]!;
              slowDx[best]! += ds[out]!;
            }
      expect(y).toBeAllclose({ shape: y.shape, data: slowY });
      expect(dx).toBeAllclose({ shape: x.shape, data: slowDx });
    });
    expect(memory().numTensors).toBe(before);
  });
});

function paddingBefore(padding: 'same' | 'valid' | 1, size: number, out: number, filter: number, stride: number) {
  if (padding === 'same') return Math.floor(Math.max(0, (out - 1) * stride + filter - size) / 2);
  return padding === 'valid' ? 0 : padding;
}
