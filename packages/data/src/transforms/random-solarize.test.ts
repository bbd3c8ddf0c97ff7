import { createRng } from '@hcsc/random';
import { type Tensor4D, tensor } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { randomSolarize, solarize } from '../index.js';
import { expectOwned, expectRefused, fill, meanOf, noise, pixelsOf } from './images.fixture.js';

test('inverts from the threshold on, the threshold itself too', () => {
  const images = tensor([0, 0.25, 0.5, 0.75, 1], [1, 1, 5, 1]) as Tensor4D;
  expectOwned(() => {
    const result = solarize(images, 0.5);
    expect(result).toBeAllclose([0, 0.25, 0.5, 0.25, 0], 0);
    return result;
  });
  expect(solarize(images, 0.75)).toBeAllclose([0, 0.25, 0.5, 0.25, 0], 0);
  expect(solarize(images, 0)).toBeAllclose([1, 0.75, 0.5, 0.25, 0], 0);
});

test.each([1, 3, 5])('%i channels: those that were drawn, pixel by pixel', (channels) => {
  const shape = [12, 4, 5, channels] as const;
  const images = noise(shape);
  const pixel = pixelsOf(images);
  const transform = randomSolarize({ p: 0.5, threshold: 0.3 });
  const draws = transform.draw(shape, createRng(2));
  const chosen = [...draws.thresholds].map((threshold) => threshold < 1);
  expect(new Set(chosen).size).toBe(2);
  expectOwned(() => {
    const result = transform.applyWith(images, draws);
    const slow = fill(shape, (n, y, x, c) => {
      const value = pixel(n, y, x, c);
      return chosen[n] && value >= 0.3 ? 1 - value : value;
    });
    expect(result).toBeAllclose(slow, 1e-6);
    return result;
  });
});

test('a share p, a fifth if nothing is said', () => {
  const share = (options: Parameters<typeof randomSolarize>[0]) =>
    meanOf(
      randomSolarize(options)
        .draw([20_000, 1, 1, 1], createRng(3))
        .thresholds.map((threshold) => Number(threshold === 0.5)),
    );
  expect(Math.abs(share({}) - 0.2)).toBeLessThan(0.011); // 4 standard deviations
  expect(Math.abs(share({ p: 0.7 }) - 0.7)).toBeLessThan(0.013);
  expect([share({ p: 0 }), share({ p: 1 })]).toEqual([0, 1]);
});

test('bad options are refused', () => {
  expect(() => randomSolarize({ p: 1.2 })).toThrow(/1.2 as p/);
  expect(() => randomSolarize({ threshold: 128 })).toThrow(/from 128 on/);
  const images = noise([2, 1, 1, 1]);
  expectRefused(() => solarize(images, [0.5]), /1 numbers as thresholds/);
});
