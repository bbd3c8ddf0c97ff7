import type { Tensor4D } from '@tensorflow/tfjs-core';

type Padding = 'same' | 'valid' | number | [[0, 0], [number, number], [number, number], [0, 0]];

/** An NHWC convolution and its gradients by their definition, one product at a time, in double precision. */
export function slowConv2d(
  x: Tensor4D,
  filter: Tensor4D,
  dy: Tensor4D,
  stride: number,
  padding: Padding,
): Record<'y' | 'x' | 'filter', { shape: number[]; data: Float64Array }> {
  const [batch, height, width, inputs] = x.shape;
  const [filterHeight, filterWidth, , outputs] = filter.shape;
  const [, outHeight, outWidth] = dy.shape;
  const top = before(padding, 1, height, outHeight, filterHeight, stride);
  const left = before(padding, 2, width, outWidth, filterWidth, stride);
  const [xs, ws, ds] = [x.dataSync(), filter.dataSync(), dy.dataSync()];
  const y = new Float64Array(dy.size);
  const dx = new Float64Array(x.size);
  const dw = new Float64Array(filter.size);
  for (let n = 0; n < batch; n++)
    for (let oh = 0; oh < outHeight; oh++)
      for (let ow = 0; ow < outWidth; ow++)
        for (let kh = 0; kh < filterHeight; kh++)
          for (let kw = 0; kw < filterWidth; kw++) {
            const h = oh * stride + kh - top;
            const w = ow * stride + kw - left;
            if (h < 0 || h >= height || w < 0 || w >= width) continue;
            for (let i = 0; i < inputs; i++)
              for (let o = 0; o < outputs; o++) {
                const xAt = ((n * height + h) * width + w) * inputs + i;
                const wAt = ((kh * filterWidth + kw) * inputs + i) * outputs + o;
                const yAt = ((n * outHeight + oh) * outWidth + ow) * outputs + o;
                const d = ds[yAt]!;
                y[yAt]! += xs[xAt]! * ws[wAt]!;
                dx[xAt]! += d * ws[wAt]!;
                dw[wAt]! += d * xs[xAt]!;
              }
          }
  return {
    y: { shape: dy.shape, data: y },
    x: { shape: x.shape, data: dx },
    filter: { shape: filter.shape, data: dw },
  };
}

/** The padding before the first pixel; 'same' puts the odd one after the last. */
function before(padding: Padding, axis: 1 | 2, size: number, out: number, filter: number, stride: number): number {
  if (padding === 'valid') return 0;
  if (padding === 'same') return Math.floor(Math.max(0, (out - 1) * stride + filter - size) / 2);
  return typeof padding === 'number' ? padding : padding[axis][0];
}
