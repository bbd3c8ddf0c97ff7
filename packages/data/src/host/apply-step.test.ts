import { createRng } from '@hcsc/random';
import { describe, expect, test } from 'vitest';
import {
  centerCrop,
  colorJitter,
  gaussianBlur,
  type HostStep,
  normalize,
  randomGrayscale,
  randomHorizontalFlip,
  randomResizedCrop,
  randomSolarize,
  resize,
  type Transform,
} from '../index.js';
import { meanOf } from '../transforms/images.fixture.js';
import { applyStep } from './apply-step.js';
import { asTensor, loadOn, noiseBytes, pixelsOn } from './bytes.fixture.js';
import { type Canvas, canvas } from './canvas.js';

/** What a transform says of itself. */
function hostOf({ host }: Transform): HostStep {
  if (!host) throw new Error('This transform has no host step');
  return host;
}

const jitter = { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 };
const transforms: Record<string, Transform> = {
  randomResizedCrop: randomResizedCrop([6, 5], { scale: [0.2, 1], flip: 0.5 }),
  'randomResizedCrop, bicubic': randomResizedCrop(15, { interpolation: 'bicubic', antialias: false }),
  'randomResizedCrop, no box fits': randomResizedCrop(4, { scale: [1, 1], ratio: [4, 5] }),
  'resize the shorter side': resize(5),
  'resize, larger': resize(23),
  'resize to a size': resize([4, 19], { interpolation: 'bicubic' }),
  centerCrop: centerCrop([4, 6]),
  'centerCrop, all of it': centerCrop([9, 14]),
  randomHorizontalFlip: randomHorizontalFlip(0.5),
  colorJitter: colorJitter({ ...jitter, p: 0.8 }),
  'colorJitter, contrast only': colorJitter({ contrast: [0.3, 0.4] }),
  'colorJitter, brightness and hue': colorJitter({ brightness: 0.4, hue: 0.5 }),
  randomGrayscale: randomGrayscale(0.3),
  gaussianBlur: gaussianBlur({ p: 0.7, sigma: [0.1, 3] }),
  'gaussianBlur, cut off': gaussianBlur({ p: 1, sigma: [1, 2], kernel: 5 }),
  randomSolarize: randomSolarize({ p: 0.5, threshold: 0.4 }),
  normalize: normalize([0.4], [0.2]),
};

describe.each([1, 3, 5])('%i channels', (channels) => {
  test.each(Object.entries(transforms))('%s draws and does what the transform does', (_, transform) => {
    const working = canvas();
    for (let seed = 0; seed < 8; seed++) {
      const image = noiseBytes(9, 14, channels, seed);
      const [onHost, onDevice] = [createRng(seed), createRng(seed)];
      applyStep(loadOn(working, image), hostOf(transform), onHost);
      const images = asTensor(image);
      const expected = transform(images, onDevice);
      expect(pixelsOn(working)).toBeAllclose(expected, 1e-5);
      expect(onHost.state()).toEqual(onDevice.state());
      images.dispose();
      expected.dispose();
    }
  });
});

describe('many draws', () => {
  const image = noiseBytes(1, 1, 3);
  const draws = 4000;

  /** The calls of each draw, on a canvas that only writes them down. */
  function callsOf(transform: Transform, { height, width, channels } = { height: 40, width: 30, channels: 3 }) {
    const rng = createRng(5);
    return Array.from({ length: draws }, () => {
      const calls: unknown[][] = [];
      const recorder = new Proxy({ height, width, channels } as unknown as Canvas, {
        get: (target, name) => Reflect.get(target, name) ?? ((...values: unknown[]) => calls.push([name, ...values])),
      });
      applyStep(recorder, hostOf(transform), rng);
      return calls;
    });
  }
  const share = (values: readonly boolean[]) => meanOf(values.map(Number));

  test('colour jitter: with its probability, amounts uniform over their ranges, all orders alike', () => {
    const drawn = callsOf(colorJitter({ ...jitter, p: 0.8 }));
    expect(Math.abs(share(drawn.map((calls) => calls.length > 0)) - 0.8)).toBeLessThan(0.025); // sd 0.0063
    const changed = drawn.filter((calls) => calls.length > 0);
    expect(new Set(changed.map((calls) => calls.length))).toEqual(new Set([4]));
    const orders = new Map<string, number>();
    for (const calls of changed) {
      const order = calls.map(([name]) => name).join();
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(24);
    for (const count of orders.values()) expect(Math.abs(count / changed.length - 1 / 24)).toBeLessThan(0.016); // 0.0035
    for (const [name, min, max] of [
      ['brightness', 0.6, 1.4],
      ['contrast', 0.6, 1.4],
      ['saturation', 0.6, 1.4],
      ['hue', -0.1, 0.1],
    ] as const) {
      const amounts = changed.map((calls) => calls.find(([called]) => called === name)![1] as number);
      const shares = amounts.map((amount) => (amount - min) / (max - min));
      expect(shares.every((x) => x >= 0 && x <= 1)).toBe(true);
      expect(Math.abs(meanOf(shares) - 1 / 2)).toBeLessThan(0.02); // 0.005
      expect(Math.abs(meanOf(shares.map((x) => x * x)) - 1 / 3)).toBeLessThan(0.02);
    }
  });

  test('blur: with its probability, sigma uniform, the kernel three of the largest sigmas wide, if the image is', () => {
    const drawn = callsOf(gaussianBlur({ p: 0.5, sigma: [0.1, 2] })).map(([call]) => call!);
    expect(new Set(drawn.map(([name, , kernel]) => `${name} ${kernel}`))).toEqual(new Set(['blur 13']));
    const sigmas = drawn.map(([, sigma]) => sigma as number).filter((sigma) => sigma > 0);
    expect(Math.abs(sigmas.length / draws - 0.5)).toBeLessThan(0.032); // 0.0079
    expect(sigmas.every((sigma) => sigma >= 0.1 && sigma <= 2)).toBe(true);
    expect(Math.abs(meanOf(sigmas) - 1.05)).toBeLessThan(0.05); // 0.012
    const small = { height: 4, width: 9, channels: 1 };
    expect(callsOf(gaussianBlur({ sigma: [0.1, 2] }), small)[0]![0]![2]).toBe(7);
  });

  test('flip, grayscale and solarise: with their probabilities', () => {
    const rate = (transform: Transform) => share(callsOf(transform).map((calls) => calls.length > 0));
    expect(Math.abs(rate(randomHorizontalFlip(0.5)) - 0.5)).toBeLessThan(0.032);
    expect(Math.abs(rate(randomGrayscale(0.2)) - 0.2)).toBeLessThan(0.026);
    expect(Math.abs(rate(randomSolarize({ p: 0.1 })) - 0.1)).toBeLessThan(0.02);
  });

  test('an image too small, or of other channels, is refused', () => {
    const working = loadOn(canvas(), image);
    expect(() => applyStep(working, hostOf(centerCrop(2)), createRng(0))).toThrow(/2 x 2 out of the middle.*1 x 1/);
    expect(() => applyStep(working, hostOf(normalize([0, 0], [1, 1])), createRng(0))).toThrow(
      /3 channels by 2 numbers/,
    );
    const unknown = { step: 'swirl' } as unknown as HostStep;
    expect(() => applyStep(working, unknown, createRng(0))).toThrow(/swirl/);
  });
});
