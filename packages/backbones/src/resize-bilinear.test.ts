import { grad, image, memory, mul, sum, type Tensor, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { resizeBilinear } from './resize-bilinear.js';
import { noiseTensor, slowGradient } from './testing/loops.js';

type Size = [height: number, width: number];

/** Each pixel from the four around its place, in plain loops and double precision. */
function slowResize(x: ArrayLike<number>, [n, h, w, c]: number[], [height, width]: Size): Float64Array {
  const place = (i: number, from: number, to: number) => {
    const at = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const low = Math.floor(at);
    return { low, high: Math.min(low + 1, from - 1), share: at - low };
  };
  const y = new Float64Array(n! * height * width * c!);
  let next = 0;
  for (let image = 0; image < n!; image++) {
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        for (let channel = 0; channel < c!; channel++) {
          const pixel = (row: number, column: number) => x[((image * h! + row) * w! + column) * c! + channel]!;
          const [a, b] = [place(i, h!, height), place(j, w!, width)];
          const top = pixel(a.low, b.low) * (1 - b.share) + pixel(a.low, b.high) * b.share;
          const bottom = pixel(a.high, b.low) * (1 - b.share) + pixel(a.high, b.high) * b.share;
          y[next++] = top * (1 - a.share) + bottom * a.share;
        }
      }
    }
  }
  return y;
}

const cases: { from: [number, number, number, number]; to: Size }[] = [
  { from: [2, 8, 6, 3], to: [4, 3] },
  { from: [1, 8, 8, 2], to: [2, 2] },
  { from: [2, 7, 5, 2], to: [4, 3] },
  { from: [2, 3, 2, 2], to: [5, 7] },
  { from: [2, 4, 4, 1], to: [4, 2] },
  { from: [3, 5, 2, 1], to: [1, 2] },
  { from: [1, 1, 1, 2], to: [2, 3] },
  { from: [2, 3, 3, 2], to: [3, 3] },
];

describe('resizeBilinear', () => {
  it.each(cases)('from $from to $to is each pixel at its half-pixel centre', ({ from, to }) => {
    tidy(() => {
      const x = noiseTensor(from, 1) as Tensor4D;
      const before = memory().numTensors;
      const y = resizeBilinear(x, to);
      expect(memory().numTensors - before).toBe(y === x ? 0 : 1);
      expect(y).toBeAllclose({ shape: [from[0], ...to, from[3]], data: slowResize(x.dataSync(), from, to) }, 1e-6);
      expect(y).toBeAllclose(image.resizeBilinear(x, to, false, true), 1e-5);
    });
  });

  it.each(cases)('from $from to $to has the gradient of differences', ({ from, to }) => {
    tidy(() => {
      const x = noiseTensor(from, 2) as Tensor4D;
      const weights = noiseTensor([from[0], ...to, from[3]], 3);
      const w = weights.dataSync();
      const loss = (at: ArrayLike<number>) =>
        slowResize(at, from, to).reduce((total, value, i) => total + w[i]! * value ** 2, 0);
      const dx = grad((x: Tensor) => {
        const y = resizeBilinear(x as Tensor4D, to);
        return sum(mul(weights, mul(y, y)));
      })(x);
      expect(dx).toBeAllclose({ shape: from, data: slowGradient(loss, x.dataSync()) }, 1e-5);
    });
  });
});
