import { createRng } from '@hcsc/random';
import { type Tensor4D, tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { blur, boxBlur, gaussianBlur, normalize } from '../index.js';
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

/** The radius of the boxes as the paper on extended box filters has it. */
function boxRadius(sigma: number): number {
  const whole = Math.floor((Math.sqrt(4 * sigma ** 2 + 1) - 1) / 2);
  const off = (2 * whole + 1) * (whole * (whole + 1) - sigma ** 2);
  return whole + off / (6 * (sigma ** 2 / 3 - (whole + 1) ** 2));
}

test.each([1, 3])('three boxes agree with a loop over pixels, %i channels', (channels) => {
  const sigmas = [0, 0.1, 0.7, 2, 9];
  const shape = [sigmas.length, 8, 5, channels] as const;
  const images = noise(shape);
  const pass = (line: number[], radius: number) =>
    line.map((_, i) => {
      const whole = Math.floor(radius);
      const value = (at: number) => line[Math.min(Math.max(at, 0), line.length - 1)]!;
      let sum = (radius - whole) * (value(i - whole - 1) + value(i + whole + 1));
      for (let j = i - whole; j <= i + whole; j++) sum += value(j);
      return sum / (2 * radius + 1);
    });
  const three = (line: number[], sigma: number) => [1, 2, 3].reduce((made) => pass(made, boxRadius(sigma)), line);
  const range = (length: number) => Array.from({ length }, (_, i) => i);
  const pixel = pixelsOf(images);
  const across = fill(
    shape,
    (n, y, x, c) =>
      three(
        range(5).map((i) => pixel(n, y, i, c)),
        sigmas[n]!,
      )[x]!,
  );
  const at = (n: number, y: number, x: number, c: number) => across.data[((n * 8 + y) * 5 + x) * channels + c]!;
  expectOwned(() => {
    const result = boxBlur(images, sigmas);
    expect(result).toBeAllclose(
      fill(
        shape,
        (n, y, x, c) =>
          three(
            range(8).map((i) => at(n, i, x, c)),
            sigmas[n]!,
          )[y]!,
      ),
      1e-5,
    );
    return result;
  });
  const transform = gaussianBlur({ p: 0.5, approximation: 'box' });
  const draws = transform.draw(shape, createRng(3));
  expect(transform.applyWith(images, draws)).toBeAllclose(boxBlur(images, draws.sigmas), 1e-6);
});

test('three boxes have the variance of the Gaussian', () => {
  const line = fill([3, 1, 61, 1], (_, y, x) => Number(y === 0 && x === 30));
  const images = tensor(line.data, [3, 1, 61, 1]) as Tensor4D;
  const sigmas = [0.3, 1, 3.7];
  const spread = boxBlur(images, sigmas).dataSync();
  sigmas.forEach((sigma, n) => {
    const weights = [...spread.subarray(61 * n, 61 * (n + 1))];
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
    expect(weights.reduce((sum, weight, x) => sum + weight * (x - 30) ** 2, 0)).toBeCloseTo(sigma ** 2, 4);
  });
});

test('half the images, sigma uniform', () => {
  const { sigmas } = gaussianBlur().draw([20_000, 8, 8, 1], createRng(2));
  const blurred = sigmas.filter((s) => s > 0);
  expect(Math.abs(blurred.length / 20_000 - 0.5)).toBeLessThan(0.015);
  expect(blurred.every((s) => s >= 0.0999 && s < 2)).toBe(true);
  expect(Math.abs(meanOf(blurred) - 1.05)).toBeLessThan(0.022);
  const tenths = Array.from({ length: 10 }, () => 0);
  for (const sigma of blurred) tenths[Math.floor((sigma - 0.0999) / 0.19001)]!++;
  for (const count of tenths) expect(Math.abs(count - blurred.length / 10)).toBeLessThan(125); // 4 standard deviations
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
  expect(() => gaussianBlur({ kernel: 3, approximation: 'box' })).toThrow(/kernel of 3.*or approximation/);
  expectRefused(() => boxBlur(images, [1, 1]), /1 images with sigmas \[1,1\]/);
  expectRefused(() => boxBlur(images, [Number.POSITIVE_INFINITY]), /sigmas \[Infinity\]/);
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
