import { createRng } from '@hcsc/random';
import { round, type Tensor4D, tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { randomHorizontalFlip, randomResizedCrop, resizedCrop } from '../index.js';
import { clamp, expectOwned, expectRefused, fill, meanOf, noise, pixelsOf } from './images.fixture.js';

type Box = readonly [top: number, left: number, height: number, width: number];

const kernels = {
  bilinear: { reach: 1, weight: (x: number) => Math.max(0, 1 - x) },
  // Keys' cubic convolution, as piecewise polynomials in a = -1/2.
  bicubic: {
    reach: 2,
    weight: (x: number, a = -0.5) => {
      if (x < 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
      return x < 2 ? a * x ** 3 - 5 * a * x ** 2 + 8 * a * x - 4 * a : 0;
    },
  },
};

/** Resampling one output pixel at a time: the box is all there is. */
function slowCrop(
  images: Tensor4D,
  boxes: readonly Box[],
  size: readonly [number, number],
  antialias: boolean,
  flips: readonly number[],
  interpolation: 'bilinear' | 'bicubic' = 'bilinear',
) {
  const pixel = pixelsOf(images);
  const taps = (target: number, to: number, length: number) => {
    const scale = length / to;
    const center = (target + 0.5) * scale;
    const stretch = antialias ? Math.max(1, scale) : 1;
    const { weight } = kernels[interpolation];
    const weights = Array.from({ length }, (_, j) => weight(Math.abs(j + 0.5 - center) / stretch));
    const total = weights.reduce((a, b) => a + b);
    return weights.map((w) => w / total);
  };
  return fill([images.shape[0], ...size, images.shape[3]], (n, y, x, c) => {
    const [top, left, height, width] = boxes[n]!;
    const across = taps(flips[n] ? size[1] - 1 - x : x, size[1], width);
    let value = 0;
    taps(y, size[0], height).forEach((wy, dy) => {
      across.forEach((wx, dx) => {
        value += wy * wx * pixel(n, top + dy, left + dx, c);
      });
    });
    return clamp(value);
  });
}

const boxes: Box[] = [
  [0, 0, 11, 9],
  [2, 1, 4, 3],
  [3, 4, 8, 5],
  [10, 8, 1, 1],
];

describe.each([1, 3, 4])('%i channels', (channels) => {
  test.each([
    [[5, 7], true],
    [[5, 7], false],
    [[16, 13], true],
    [[1, 1], true],
  ] as const)('to %j, antialias %s, agrees with a loop over pixels', (size, antialias) => {
    const images = noise([4, 11, 9, channels]);
    const flips = [0, 1, 0, 1];
    expectOwned(() => {
      const result = resizedCrop(images, boxes.flat(), size, { antialias, flips });
      expect(result).toBeAllclose(slowCrop(images, boxes, size, antialias, flips), 1e-5);
      return result;
    });
    images.dispose();
  });
});

test.each([
  [[5, 7], true],
  [[5, 7], false],
  [[16, 13], true],
] as const)('bicubic to %j, antialias %s, agrees with a loop over pixels', (size, antialias) => {
  const images = round(noise([4, 11, 9, 3])); // 0 and 1, so that it overshoots
  const flips = [0, 1, 0, 1];
  expectOwned(() => {
    const result = resizedCrop(images, boxes.flat(), size, { antialias, flips, interpolation: 'bicubic' });
    expect(result).toBeAllclose(slowCrop(images, boxes, size, antialias, flips, 'bicubic'), 1e-5);
    return result;
  });
});

test('a random crop takes the interpolation it was given', () => {
  const images = noise([3, 9, 9, 3]);
  const crop = randomResizedCrop(5, { interpolation: 'bicubic', antialias: false });
  const draws = crop.draw(images.shape, createRng(1));
  const same = resizedCrop(images, draws.boxes, [5, 5], { interpolation: 'bicubic', antialias: false });
  expect(crop(images, createRng(1))).toBeAllclose(same, 1e-6);
});

test.each(['bilinear', 'bicubic'] as const)('the whole image at its own size is the image itself, %s', (how) => {
  const images = noise([2, 6, 5, 3]);
  expect(resizedCrop(images, [0, 0, 6, 5, 0, 0, 6, 5], [6, 5], { interpolation: how })).toBeAllclose(images, 0);
});

test('bad boxes, sizes and images are refused', () => {
  const images = noise([1, 6, 5, 1]);
  expectRefused(() => resizedCrop(images, [0, 1, 6, 5], [3, 3]), /box \[top 0, left 1.*6 x 5/);
  expectRefused(() => resizedCrop(images, [-1, 0, 3, 3], [3, 3]), /box/);
  expectRefused(() => resizedCrop(images, [0, 0, 0, 3], [3, 3]), /height 0/);
  expectRefused(() => resizedCrop(images, [0, 0, Number.NaN, 3], [3, 3]), /height NaN/);
  expectRefused(() => resizedCrop(images, [0, 0, 3], [3, 3]), /1 images by 3 numbers of boxes: give 4/);
  expectRefused(() => resizedCrop(images, [0, 0, 3, 3], [3, 3], { flips: [0, 1] }), /and 2 flips/);
  expectRefused(() => resizedCrop(images, [0.5, 0, 3, 3], [3, 3]), /top 0.5.*whole pixels/);
  expectRefused(() => resizedCrop(images, [0, 0, 3, 3], [0, 3]), /\[0,3\]/);
  const matrix = tensor([[1]]) as never;
  expectRefused(() => resizedCrop(matrix, [0, 0, 1, 1], [1, 1]), /shape \[1,1\]/);
});

describe('random crops', () => {
  const draw = (n: number, shape: readonly [number, number], options = {}) => {
    const { boxes, flips } = randomResizedCrop(8, options).draw([n, ...shape, 1], createRng(11));
    return {
      boxes: Array.from({ length: n }, (_, i) => [...boxes.subarray(4 * i, 4 * i + 4)] as unknown as Box),
      flips,
    };
  };

  test('area and log ratio are uniform over their ranges, places uniform over what is left', () => {
    // A large image, so that rounding and boxes that do not fit hardly matter: areas up to a half always fit.
    const side = 2000;
    const { boxes, flips } = draw(20_000, [side, side], { scale: [0.1, 0.5], flip: 0.25 });
    const areas = boxes.map(([, , h, w]) => (h * w) / side ** 2);
    expect(Math.min(...areas)).toBeGreaterThan(0.099);
    expect(Math.max(...areas)).toBeLessThan(0.501);
    expect(Math.abs(meanOf(areas) - 0.3)).toBeLessThan(0.003); // sd of the mean 0.0008
    expect(Math.abs(meanOf(areas.map((a) => Number(a < 0.2))) - 0.25)).toBeLessThan(0.012);
    const ratios = boxes.map(([, , h, w]) => Math.log(w / h) / Math.log(4 / 3));
    expect(Math.min(...ratios)).toBeGreaterThan(-1.01);
    expect(Math.max(...ratios)).toBeLessThan(1.01);
    expect(Math.abs(meanOf(ratios))).toBeLessThan(0.016); // 0.004
    expect(Math.abs(meanOf(ratios.map((r) => r * r)) - 1 / 3)).toBeLessThan(0.01); // 0.002
    expect(Math.abs(meanOf(boxes.map(([top, , h]) => top / (side - h))) - 0.5)).toBeLessThan(0.009); // 0.002
    expect(Math.abs(meanOf(boxes.map(([, left, , w]) => left / (side - w))) - 0.5)).toBeLessThan(0.009);
    expect(Math.abs(meanOf(flips) - 0.25)).toBeLessThan(0.013); // 0.003
  });

  test('on small images boxes are whole pixels within the image, both edges are reached', () => {
    const { boxes, flips } = draw(5000, [28, 28], { scale: [0.2, 1] });
    for (const [top, left, h, w] of boxes) {
      expect([top, left, h, w].every(Number.isInteger)).toBe(true);
      expect(top >= 0 && left >= 0 && h >= 1 && w >= 1 && top + h <= 28 && left + w <= 28).toBe(true);
    }
    expect(boxes.some(([top]) => top === 0) && boxes.some(([top, , h]) => top > 0 && top + h === 28)).toBe(true);
    expect(Math.max(...flips)).toBe(0);
  });

  test('where no box fits, the largest centred one is taken', () => {
    expect(draw(1, [10, 100], { scale: [1, 1] }).boxes[0]).toEqual([0, 43, 10, 13]);
    expect(draw(1, [100, 10], { scale: [1, 1] }).boxes[0]).toEqual([43, 0, 13, 10]);
  });

  test('each image its own box, the same again from the same seed, input kept', () => {
    const one = noise([1, 12, 12, 1]);
    const images = tensor([...one.dataSync(), ...one.dataSync()], [2, 12, 12, 1]) as Tensor4D;
    const crop = randomResizedCrop([6, 5], { scale: [0.2, 0.5] });
    expectOwned(() => {
      const a = crop(images, createRng(2));
      const b = crop(images, createRng(2));
      expect(a.shape).toEqual([2, 6, 5, 1]);
      expect(a).toBeAllclose(b, 0);
      const values = a.dataSync();
      expect([...values.subarray(0, 30)]).not.toEqual([...values.subarray(30)]);
      return [a, b];
    });
    expect(images.isDisposed).toBe(false);
  });

  test('bad ranges are refused', () => {
    expect(() => randomResizedCrop(0)).toThrow(/Cannot resize to \[0,0\]/);
    expect(() => randomResizedCrop(8, { scale: [0, 1] })).toThrow(/scale.*above 0/);
    expect(() => randomResizedCrop(8, { ratio: [2, 1] })).toThrow(/ratio.*min <= max/);
    expect(() => randomResizedCrop(8, { scale: [0.2, Number.NaN] })).toThrow(RangeError);
    expect(() => randomResizedCrop(8, { flip: 1.5 })).toThrow(/1.5 as flip/);
  });
});

test('randomHorizontalFlip mirrors exactly those images it drew', () => {
  const images = noise([40, 3, 4, 2]);
  const flip = randomHorizontalFlip(0.5);
  const draws = flip.draw([40, 3, 4, 2], createRng(1));
  const pixel = pixelsOf(images);
  expect(new Set(draws.flips)).toEqual(new Set([0, 1]));
  expectOwned(() => {
    const result = flip.applyWith(images, draws);
    expect(result).toBeAllclose(
      fill([40, 3, 4, 2], (n, y, x, c) => pixel(n, y, draws.flips[n] ? 3 - x : x, c)),
      0,
    );
    return result;
  });
  expect(Math.abs(meanOf(randomHorizontalFlip(0.2).draw([10_000, 1, 1, 1], createRng(3)).flips) - 0.2)).toBeLessThan(
    0.016,
  );
  expect(() => randomHorizontalFlip(-0.1)).toThrow(/-0.1 as p/);
});
