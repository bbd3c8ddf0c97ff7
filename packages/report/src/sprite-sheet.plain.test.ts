import { decode } from 'fast-png';
import { expect, test } from 'vitest';
import type { ReportImage } from './prototype-tree.js';
import { spriteSheet } from './sprite-sheet.js';

const image = (width: number, height: number, channels: 1 | 3 | 4, from: number): ReportImage => ({
  ...{ width, height, channels },
  data: Uint8Array.from({ length: width * height * channels }, (_, i) => from + i),
});

test('images stand row by row in a square', () => {
  const images = [0, 10, 20].map((from) => image(2, 3, 1, from));
  const { png, imageWidth, imageHeight } = spriteSheet(images);
  expect([imageWidth, imageHeight]).toEqual([2, 3]);
  const { width, height, channels, data } = decode(png);
  expect([width, height, channels]).toEqual([4, 6, 1]);
  for (let y = 0; y < 6; y++) {
    for (let x = 0; x < 4; x++) {
      const which = 2 * Math.floor(y / 3) + Math.floor(x / 2);
      expect(data[4 * y + x]).toBe(images[which]?.data[2 * (y % 3) + (x % 2)] ?? 0);
    }
  }
});

test('colours stay, transparency goes, large images are shrunk to their mean', () => {
  expect([...decode(spriteSheet([image(1, 2, 4, 5)]).png).data]).toEqual([5, 6, 7, 9, 10, 11]);
  const { png, imageWidth, imageHeight } = spriteSheet([image(4, 2, 1, 0)], { shrinkTo: 2 });
  expect([imageWidth, imageHeight]).toEqual([2, 1]);
  expect([...decode(png).data]).toEqual([(0 + 1 + 4 + 5) / 4, (2 + 3 + 6 + 7) / 4].map(Math.round));
});

test.each([
  ['no image', [], {}, /at least one image/],
  ['sizes that differ', [image(1, 2, 1, 0), image(2, 1, 1, 0)], {}, /Image 1 is 2 × 1 × 1 and image 0 1 × 2 × 1/],
  ['missing pixels', [{ ...image(2, 2, 1, 0), data: new Uint8Array(3) }], {}, /Image 0 .* needs 4 values/],
  ['no size', [image(1, 1, 1, 0)], { shrinkTo: 0 }, /shrink images to 0/],
  ['a sheet too long', Array(4).fill(image(5000, 1, 1, 0)), { shrinkTo: 5000 }, /4 images of 5000 × 1/],
])('%s is refused', (_, images, options, message) => {
  expect(() => spriteSheet(images, options)).toThrow(message);
});
