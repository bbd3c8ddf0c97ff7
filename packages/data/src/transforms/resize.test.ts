import { createRng } from '@hcsc/random';
import { expect, test } from 'vitest';
import { centerCrop, randomResizedCrop, resize, resizedCrop } from '../index.js';
import { expectOwned, expectRefused, fill, noise, pixelsOf } from './images.fixture.js';

const rng = createRng(0);

test.each([
  // from, shorter side, to: int(size * long / short)
  [[30, 40], 20, [20, 26]],
  [[40, 30], 20, [26, 20]],
  [[50, 37], 25, [33, 25]],
  [[12, 12], 7, [7, 7]],
  [[5, 9], 11, [11, 19]],
  [
    [9, 5],
    [4, 6],
    [4, 6],
  ],
] as const)('%j by %j becomes %j', (from, size, to) => {
  const images = noise([2, ...from, 1]);
  expectOwned(() => {
    const result = resize(size)(images, rng);
    expect(result.shape).toEqual([2, ...to, 1]);
    const boxes = [0, 0, ...from, 0, 0, ...from];
    const same = resizedCrop(images, boxes, to);
    expect(result).toBeAllclose(same, 1e-6);
    return [result, same];
  });
});

test.each(['bilinear', 'bicubic'] as const)('%s and antialias are those of resizedCrop', (interpolation) => {
  const images = noise([2, 9, 8, 3]);
  for (const antialias of [true, false]) {
    const same = resizedCrop(images, [0, 0, 9, 8, 0, 0, 9, 8], [4, 5], { interpolation, antialias });
    expect(resize([4, 5], { interpolation, antialias })(images, rng)).toBeAllclose(same, 1e-6);
  }
});

test.each([
  // height, size, top: round half to even of (height - size) / 2
  [9, 9, 0],
  [9, 8, 0],
  [9, 6, 2],
  [9, 4, 2],
  [9, 2, 4],
  [10, 4, 3],
])('the middle of %i by %i begins at %i, in both directions', (from, size, start) => {
  for (const [height, width] of [
    [from, 11],
    [11, from],
  ] as const) {
    const images = noise([2, height, width, 3]);
    const pixel = pixelsOf(images);
    const [h, w] = height === from ? [size, 11] : [11, size];
    const [top, left] = height === from ? [start, 0] : [0, start];
    expectOwned(() => {
      const result = centerCrop([h, w])(images, rng);
      expect(result).toBeAllclose(
        fill([2, h, w, 3], (n, y, x, c) => pixel(n, top + y, left + x, c)),
        0,
      );
      return result;
    });
  }
});

test('sizes that do not fit are refused', () => {
  const images = noise([1, 6, 5, 1]);
  expect(() => resize(0)).toThrow(/resize to \[0,0\]/);
  expect(() => resize([3, 2.5])).toThrow(RangeError);
  expect(() => centerCrop(-1)).toThrow(RangeError);
  const nearest = { interpolation: 'nearest' as 'bilinear' };
  for (const make of [
    () => resize(4, nearest),
    () => randomResizedCrop(4, nearest),
    () => resizedCrop(images, [0, 0, 6, 5], [3, 3], nearest),
  ]) {
    expectRefused(make, /by 'nearest': give 'bilinear' or 'bicubic'/);
  }
  expectRefused(() => centerCrop(6)(images, rng), /6 x 6 out of the middle of images of 6 x 5/);
});
