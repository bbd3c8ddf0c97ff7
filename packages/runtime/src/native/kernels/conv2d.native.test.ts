import { conv2d, dispose, grads, memory, ones, randomUniform, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

/** The gradient of a filter of one pixel, by its definition: Σ x · dy over the pixels that it looks at. */
function slowGradient(x: Tensor4D, dy: Tensor4D, stride: number) {
  const [n, height, width, inside] = x.shape;
  const [, rows, columns, outside] = dy.shape;
  const [pixels, slopes] = [x.dataSync(), dy.dataSync()];
  const sums = new Float64Array(inside * outside);
  for (let i = 0; i < n; i++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const from = ((i * height + row * stride) * width + column * stride) * inside;
        const to = ((i * rows + row) * columns + column) * outside;
        for (let a = 0; a < inside; a++) {
          for (let b = 0; b < outside; b++) sums[a * outside + b]! += pixels[from + a]! * slopes[to + b]!;
        }
      }
    }
  }
  return { shape: [1, 1, inside, outside], data: [...sums] };
}

const slopesOf = (x: Tensor4D, filter: Tensor4D, f: (x: Tensor4D, filter: Tensor4D) => Tensor, dy?: Tensor) =>
  grads((at: Tensor, by: Tensor) => f(at as Tensor4D, by as Tensor4D))([x, filter], dy);

test.each([
  [5, 2, 'same'],
  [6, 2, 'valid'],
  [7, 3, 0],
  [7, 3, 'same'],
] as const)('a filter of one pixel: size %i, stride %i, pad %s', (size, stride, pad) => {
  const x = randomUniform([2, size, size + 1, 3]) as Tensor4D;
  const filter = randomUniform([1, 1, 3, 4]) as Tensor4D;
  const y = conv2d(x, filter, stride, pad);
  const dy = randomUniform(y.shape) as Tensor4D;
  const before = memory().numTensors;
  const slopes = slopesOf(x, filter, (at, f) => conv2d(at, f, stride, pad), dy);
  expect(slopes[1]).toBeAllclose(slowGradient(x, dy, stride), 1e-5);
  dispose(slopes);
  expect(memory().numTensors).toBe(before);
  dispose([x, filter, y, dy]);
});

// TensorFlow 2.21 alone ends the process here, on processors with AVX-512.
test('a filter of one pixel with a stride and few channels leaves memory as it is', () => {
  const x = ones([16, 64, 64, 8]) as Tensor4D;
  const filter = ones([1, 1, 8, 16]) as Tensor4D;
  for (let i = 0; i < 40; i++) {
    const slopes = slopesOf(x, filter, (at, f) => conv2d(at, f, 2, 'same'));
    expect(slopes[1]!.dataSync()[127]).toBe(16 * 32 * 32);
    dispose(slopes);
  }
  dispose([x, filter]);
});
