import { createRng } from '@hcsc/random';
import { describe, expect, test } from 'vitest';
import { blur, gaussianBlur, normalize } from '../index.js';
import { expectOwned, expectRefused, fill, meanOf, noise, pixelsOf } from './images.fixture.js';

const mirror = (i: number, length: number) => (i < 0 ? -i : i >= length ? 2 * (length - 1) - i : i);

describe.each([1, 3])('%i channels', (channels) => {
  test.each([1, 3, 5, 9])('kernel %i agrees with a loop over pixels', (kernel) => {
    const shape = [4, 7, 5, channels] as const;
    const images = noise(shape);
    const pixel = pixelsOf(images);
    const sigmas = [0.3, 0.7, 2, 5];
    const radius = (kernel - 1) / 2;
    const slow = fill(shape, (n, y, x, c) => {
      let value = 0;
      let total = 0;
      for (let dy = -radius; dy <= radius; dy++)
        for (let dx = -radius; dx <= radius; dx++) {
          const weight = Math.exp(-(dy * dy + dx * dx) / (2 * sigmas[n]! ** 2));
          total += weight;
          value += weight * pixel(n, mirror(y + dy, 7), mirror(x + dx, 5), c);
        }
      return value / total;
    });
    expectOwned(() => {
      const result = blur(images, sigmas, kernel);
      expect(result).toBeAllclose(slow, 1e-5);
      return result;
    });
  });
});

test('sigma 0 changes nothing at all', () => {
  const images = noise([2, 8, 8, 1]);
  expect(blur(images, [0, 0], 13)).toBeAllclose(images, 0);
});

test('half the images, sigma uniform', () => {
  const { sigmas } = gaussianBlur().draw([20_000, 8, 8, 1], createRng(2));
  const blurred = sigmas.filter((s) => s > 0);
  expect(Math.abs(blurred.length / 20_000 - 0.5)).toBeLessThan(0.015);
  expect(blurred.every((s) => s >= 0.0999 && s < 2)).toBe(true);
  expect(Math.abs(meanOf(blurred) - 1.05)).toBeLessThan(0.022);
});

test('the default kernel shrinks to fit small images', () => {
  const images = noise([3, 4, 6, 1]);
  expectOwned(() => gaussianBlur({ p: 1 })(images, createRng(0)));
});

test('kernels that do not fit, and bad options, are refused', () => {
  const images = noise([1, 4, 6, 1]);
  expectRefused(() => blur(images, [1], 4), /kernel of 4: give an odd number below 8/);
  expectRefused(() => blur(images, [1], 9), /kernel of 9/);
  expectRefused(() => blur(images, [1, 2], 3), /1 images with sigmas \[1,2\]/);
  expectRefused(() => blur(images, [Number.NaN], 3), /sigmas \[NaN\]/);
  expectRefused(() => gaussianBlur({ kernel: 9 })(images, createRng(0)), /kernel of 9/);
  expect(() => gaussianBlur({ sigma: [0, 1] })).toThrow(/sigma/);
  expect(() => gaussianBlur({ p: Number.NaN })).toThrow(/NaN as p/);
});

test('normalize, by channel or by one number', () => {
  const images = noise([2, 3, 3, 3]);
  const pixel = pixelsOf(images);
  const [mean, deviation] = [
    [0.1, 0.5, 0.3],
    [0.2, 0.4, 2],
  ] as const;
  expectOwned(() => {
    const result = normalize(mean, deviation)(images, createRng(0));
    expect(result).toBeAllclose(
      fill([2, 3, 3, 3], (n, y, x, c) => (pixel(n, y, x, c) - mean[c]!) / deviation[c]!),
      1e-6,
    );
    return result;
  });
  expect(normalize([0], [1])(images, createRng(0))).toBeAllclose(images, 0);
  expectRefused(() => normalize([0, 0], [1, 1])(images, createRng(0)), /3 channels by 2 numbers: give 3, or 1/);
  expect(() => normalize([0], [0])).toThrow(/deviations above 0/);
});
