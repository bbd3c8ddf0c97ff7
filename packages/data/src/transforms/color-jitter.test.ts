import { createRng } from '@hcsc/random';
import { type Tensor4D, tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  colorJitter,
  randomGrayscale,
} from '../index.js';
import { type JitterDraws, type JitterOperation, type JitterStep, jitterDraws } from './color-jitter.js';
import { clamp, expectOwned, expectRefused, fill, meanOf, noise, pixelsOf } from './images.fixture.js';

const gray = (r: number, g: number, b: number) => 0.2989 * r + 0.587 * g + 0.114 * b;

/** Hue by way of HSV, as textbooks have it. */
function turnHue(r: number, g: number, b: number, turns: number): [number, number, number] {
  const v = Math.max(r, g, b);
  const c = v - Math.min(r, g, b);
  let h = 0;
  if (c > 0) h = v === r ? ((g - b) / c) % 6 : v === g ? (b - r) / c + 2 : (r - g) / c + 4;
  h = (((h / 6 + turns) % 1) + 1) % 1;
  const i = Math.floor(h * 6);
  const f = h * 6 - i;
  const s = v === 0 ? 0 : c / v;
  const [p, q, t] = [v * (1 - s), v * (1 - s * f), v * (1 - s * (1 - f))];
  const sectors: [number, number, number][] = [
    [v, t, p],
    [q, v, p],
    [p, v, t],
    [p, q, v],
    [t, p, v],
    [v, p, q],
  ];
  return sectors[i % 6]!;
}

/** One step on one image, pixel by pixel. */
function slowStep(image: { shape: number[]; data: number[] }, [operation, amount]: JitterStep) {
  const [, height, width, channels] = image.shape as [number, number, number, number];
  const at = (y: number, x: number, c: number) => image.data[(y * width + x) * channels + c]!;
  const grayAt = (y: number, x: number) =>
    channels === 3
      ? gray(at(y, x, 0), at(y, x, 1), at(y, x, 2))
      : meanOf(Array.from({ length: channels }, (_, c) => at(y, x, c)));
  const grays: number[] = [];
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) grays.push(grayAt(y, x));
  const mean = meanOf(grays);
  return fill([1, height, width, channels], (_, y, x, c) => {
    const own = at(y, x, c);
    if (operation === 'brightness') return clamp(amount * own);
    if (operation === 'contrast') return clamp(amount * own + (1 - amount) * mean);
    if (operation === 'saturation') return clamp(amount * own + (1 - amount) * grayAt(y, x));
    return turnHue(at(y, x, 0), at(y, x, 1), at(y, x, 2), amount)[c]!;
  });
}

function slow(images: Tensor4D, stepsPerImage: readonly (readonly JitterStep[])[]) {
  const [n, ...shape] = images.shape;
  const data = images.dataSync();
  const size = data.length / n;
  return {
    shape: images.shape,
    data: stepsPerImage.flatMap(
      (steps, i) =>
        steps.reduce(slowStep, { shape: [1, ...shape], data: [...data.subarray(i * size, (i + 1) * size)] }).data,
    ),
  };
}

const operations = {
  brightness: adjustBrightness,
  contrast: adjustContrast,
  saturation: adjustSaturation,
  hue: adjustHue,
};

describe.each(Object.keys(operations) as JitterOperation[])('%s', (name) => {
  test('agrees with a loop over pixels, each image by its own amount', () => {
    const amounts = name === 'hue' ? [-0.5, -0.07, 0, 0.31] : [0, 0.6, 1, 1.7];
    const images = noise([4, 5, 4, 3]);
    expectOwned(() => {
      const result = operations[name](images, amounts);
      expect(result).toBeAllclose(
        slow(
          images,
          amounts.map((amount) => [[name, amount]]),
        ),
        1e-5,
      );
      return result;
    });
    expectRefused(() => operations[name](images, [1, 1]), /2 numbers as (factors|shifts) .*: give 4/);
  });
});

test('hue of grays, black, white and colours with ties', () => {
  const levels = [0, 0.25, 0.5, 1];
  const colors = levels.flatMap((r) => levels.flatMap((g) => levels.flatMap((b) => [r, g, b])));
  const images = tensor(colors, [1, 8, 8, 3]) as Tensor4D;
  expect(adjustHue(images, [0.2])).toBeAllclose(slow(images, [[['hue', 0.2]]]), 1e-5);
});

test('saturation and hue refuse images without colours', () => {
  const images = noise([1, 2, 2, 1]);
  expectRefused(() => adjustHue(images, [0]), /hue of images with 1 channels/);
  expectRefused(() => adjustSaturation(images, [0]), /luminance of images with 1 channels/);
});

/** The steps that draws stand for, image by image; a slot that changes nothing is none. */
function stepsOf({ blends, hue }: JitterDraws, n: number, shares: number): JitterStep[][] {
  const slots = blends.length / shares / n;
  return Array.from({ length: n }, (_, image) => {
    const steps: JitterStep[] = [];
    for (let slot = 0; slot < slots; slot++) {
      if (slot === slots / 2 && hue.length > 0 && hue[image] !== 0) steps.push(['hue', hue[image]!]);
      const [own, mean, gray = 0] = Array.from({ length: shares }, (_, s) => blends[(slot * shares + s) * n + image]!);
      if (own === 1) continue;
      const operation = mean !== 0 ? 'contrast' : gray !== 0 ? 'saturation' : 'brightness';
      expect(mean! + gray).toBeCloseTo(operation === 'brightness' ? 0 : 1 - own!, 6);
      steps.push([operation, own!]);
    }
    return steps;
  });
}

describe('jitter', () => {
  const all: JitterOperation[] = ['brightness', 'contrast', 'saturation', 'hue'];

  test('runs the steps of each image in its own order', () => {
    const amount = { brightness: 1.3, contrast: 0.6, saturation: 1.6, hue: 0.13 };
    const orders: JitterOperation[][] = [
      ['brightness', 'contrast', 'saturation', 'hue'],
      ['hue', 'saturation', 'contrast', 'brightness'],
      ['contrast', 'hue', 'brightness', 'saturation'],
      ['saturation', 'brightness', 'hue', 'contrast'],
      [],
    ];
    const steps = orders.map((order) => order.map((operation) => [operation, amount[operation]] as const));
    const images = noise([5, 6, 5, 3]);
    const every = colorJitter({ brightness: 1, contrast: 1, saturation: 1, hue: 0.5 });
    const result = every.applyWith(images, jitterDraws(all, steps));
    expect(result).toBeAllclose(slow(images, steps), 1e-5);
  });

  test.each([1, 4])('%i channels: brightness and contrast only', (channels) => {
    const images = noise([6, 5, 4, channels]);
    const jitter = colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 });
    const draws = jitter.draw([6, 5, 4, channels], createRng(5));
    expect(draws.hue.length).toBe(0);
    const steps = stepsOf(draws, 6, 2);
    expect(steps.map((s) => s.length)).toEqual([2, 2, 2, 2, 2, 2]);
    expect(new Set(steps.map((s) => s[0]![0]))).toEqual(new Set(['brightness', 'contrast']));
    expectOwned(() => {
      const result = jitter.applyWith(images, draws);
      expect(result).toBeAllclose(slow(images, steps), 1e-5);
      return result;
    });
  });

  test('factors are uniform over their ranges, orders equally often, a share p of the images', () => {
    const n = 20_000;
    const jitter = colorJitter({ brightness: 0.4, contrast: [0.5, 0.9], saturation: 0.4, hue: 0.1, p: 0.8 });
    const found: Record<JitterOperation, number[]> = { brightness: [], contrast: [], saturation: [], hue: [] };
    const orders = new Map<string, number>();
    for (const steps of stepsOf(jitter.draw([n, 8, 8, 3], createRng(9)), n, 3)) {
      for (const [operation, amount] of steps) found[operation].push(amount);
      const order = steps.map(([operation]) => operation).join();
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    const ranges = { brightness: [0.6, 1.4], contrast: [0.5, 0.9], saturation: [0.6, 1.4], hue: [-0.1, 0.1] } as const;
    for (const name of all) {
      const [min, max] = ranges[name];
      const share = found[name].map((x) => (x - min) / (max - min));
      expect(Math.abs(found[name].length / n - 0.8)).toBeLessThan(0.012); // standard deviation 0.003
      expect(Math.min(...share)).toBeGreaterThanOrEqual(-1e-6);
      expect(Math.max(...share)).toBeLessThan(1 + 1e-6);
      expect(Math.abs(meanOf(share) - 0.5)).toBeLessThan(0.0095); // 0.0023
      expect(Math.abs(meanOf(share.map((x) => x * x)) - 1 / 3)).toBeLessThan(0.01); // 0.0024
    }
    orders.delete('');
    expect(orders.size).toBe(24);
    for (const count of orders.values()) expect(Math.abs(count - (0.8 * n) / 24)).toBeLessThan(110); // 25
  });

  test('images that are not chosen stay as they are', () => {
    const images = noise([3, 4, 4, 3]);
    expect(colorJitter({ brightness: 0.4, saturation: 0.4, p: 0 })(images, createRng(0))).toBeAllclose(images, 0);
    expect(colorJitter({ brightness: 0.4, hue: 0.1, p: 0 })(images, createRng(0))).toBeAllclose(images, 1e-6);
    expectOwned(() => colorJitter()(images, createRng(0)));
  });

  test('hue alone, contrast alone', () => {
    const images = noise([3, 4, 4, 3]);
    const turns = colorJitter({ hue: [0.2, 0.2] })(images, createRng(0));
    expect(turns).toBeAllclose(
      slow(
        images,
        [0, 1, 2].map(() => [['hue', 0.2]]),
      ),
      1e-5,
    );
    const flat = colorJitter({ contrast: [0.3, 0.3] })(images, createRng(0));
    expect(flat).toBeAllclose(
      slow(
        images,
        [0, 1, 2].map(() => [['contrast', 0.3]]),
      ),
      1e-5,
    );
  });

  test('bad strengths are refused', () => {
    expect(() => colorJitter({ brightness: -0.1 })).toThrow(/brightness by -0.1/);
    expect(() => colorJitter({ contrast: [-0.1, 1] })).toThrow(/contrast.*from 0/);
    expect(() => colorJitter({ hue: 0.6 })).toThrow(/hue.*from -0.5 up to 0.5/);
    expect(() => colorJitter({ saturation: Number.NaN })).toThrow(RangeError);
    expect(() => colorJitter({ p: 2 })).toThrow(/2 as p/);
  });
});

test('randomGrayscale takes the colours of those it drew, and leaves other images alone', () => {
  const images = noise([30, 3, 2, 3]);
  const grayscale = randomGrayscale(0.5);
  const draws = grayscale.draw([30, 3, 2, 3], createRng(4));
  expect(new Set(draws.gray)).toEqual(new Set([0, 1]));
  const pixel = pixelsOf(images);
  expectOwned(() => {
    const result = grayscale.applyWith(images, draws);
    expect(result).toBeAllclose(
      fill([30, 3, 2, 3], (n, y, x, c) =>
        draws.gray[n] ? gray(pixel(n, y, x, 0), pixel(n, y, x, 1), pixel(n, y, x, 2)) : pixel(n, y, x, c),
      ),
      1e-6,
    );
    return result;
  });
  const mono = noise([2, 3, 3, 1]);
  expectOwned(() => {
    const result = randomGrayscale(1)(mono, createRng(0));
    expect(result).toBeAllclose(mono, 0);
    return result;
  });
  expect(Math.abs(meanOf(randomGrayscale().draw([10_000, 1, 1, 3], createRng(3)).gray) - 0.2)).toBeLessThan(0.016);
});
