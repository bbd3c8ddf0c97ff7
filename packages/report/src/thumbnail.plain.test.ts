import { expect, it } from 'vitest';
import { shrink, thumbnailSide } from './thumbnail.js';

it('shrinks by the mean of the pixels covered, channel by channel', () => {
  const data = Uint8Array.from({ length: 4 * 2 * 3 }, (_, i) => i * 10);
  const small = shrink({ width: 4, height: 2, channels: 3, data }, 2);
  const expected: number[] = [];
  for (const left of [0, 2]) {
    for (let channel = 0; channel < 3; channel++) {
      let sum = 0;
      for (const y of [0, 1]) for (const x of [left, left + 1]) sum += data[(y * 4 + x) * 3 + channel]!;
      expected.push(Math.round(sum / 4));
    }
  }
  expect([small.width, small.height]).toEqual([2, 1]);
  expect([...small.data]).toEqual(expected);
});

it('keeps the mean of an image whose size does not divide', () => {
  const small = shrink({ width: 97, height: 61, channels: 1, data: new Uint8Array(97 * 61).fill(123) }, 30);
  expect([small.width, small.height]).toEqual([30, 19]);
  expect(new Set(small.data)).toEqual(new Set([123]));
});

it('leaves small images as they are', () => {
  const image = { width: 2, height: 3, channels: 1 as const, data: new Uint8Array(6) };
  expect(shrink(image, 3)).toBe(image);
});

it('gives fewer pixels to more images', () => {
  const images = (count: number) => Array(count).fill({ width: 96, height: 96, channels: 3, data: new Uint8Array(0) });
  expect(thumbnailSide(images(0))).toBe(64);
  expect(thumbnailSide(images(10))).toBe(64);
  expect(thumbnailSide(images(1360))).toBe(22);
  expect(thumbnailSide(images(1e6))).toBe(12);
});
