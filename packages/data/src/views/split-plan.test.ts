import { createRng } from '@hcsc/random';
import { add, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import {
  colorJitter,
  gaussianBlur,
  mocoV2,
  normalize,
  randomGrayscale,
  randomHorizontalFlip,
  randomResizedCrop,
  splitPlan,
  type Transform,
  view,
  views,
} from '../index.js';
import { expectOwned, expectRefused, noise } from '../transforms/images.fixture.js';

const brighter: Transform = (images) => add(images, 0.1) as Tensor4D;

describe('splitPlan', () => {
  test('takes what workers can do, up to the first transform that they cannot', () => {
    const [flip, gray, mine] = [randomHorizontalFlip(), randomGrayscale(), brighter];
    const { host, device } = splitPlan(views(view(flip, gray), view(flip, mine, gray), view(mine, flip), view()));
    expect(host.map((steps) => steps.map(({ step }) => step))).toEqual([
      ['randomHorizontalFlip', 'randomGrayscale'],
      ['randomHorizontalFlip'],
      [],
      [],
    ]);
    expect(device.views.map(({ transforms }) => transforms)).toEqual([[], [mine, gray], [mine, flip], []]);
  });

  test('takes whole presets, but not the blur of PIL', () => {
    const whole = splitPlan(mocoV2({ size: 64 }));
    expect(whole.host.map((steps) => steps.length)).toEqual([4, 4]);
    expect(whole.device.views.map(({ transforms }) => transforms.length)).toEqual([0, 0]);
    const boxes = splitPlan(mocoV2({ size: 64, blur: { approximation: 'box' } }));
    expect(boxes.host.map((steps) => steps.length)).toEqual([3, 3]);
    expect(boxes.device.views[0].transforms.length).toBe(1);
  });

  test('gives plain data, with all that is optional settled', () => {
    const plan = views(
      view(
        randomResizedCrop(8),
        colorJitter({ brightness: 0.4, contrast: [0.5, 2], hue: 0.1 }),
        gaussianBlur({ kernel: 3 }),
        normalize([0.5], [0.2]),
      ),
    );
    const { host } = splitPlan(plan);
    expect(structuredClone(host)).toEqual([
      [
        {
          step: 'randomResizedCrop',
          size: [8, 8],
          scale: [0.08, 1],
          ratio: [3 / 4, 4 / 3],
          flip: 0,
          interpolation: 'bilinear',
          antialias: true,
        },
        {
          step: 'colorJitter',
          brightness: [0.6, 1.4],
          contrast: [0.5, 2],
          saturation: [1, 1],
          hue: [-0.1, 0.1],
          p: 1,
        },
        { step: 'gaussianBlur', p: 0.5, sigma: [0.1, 2], kernel: 3 },
        { step: 'normalize', mean: [0.5], standardDeviation: [0.2] },
      ],
    ]);
  });
});

describe('views that were begun elsewhere', () => {
  const [first, second] = [noise([2, 6, 5, 3], 1), noise([3, 4, 4, 3], 2)];

  test('each goes through its own transforms; without any it is copied', () => {
    const [plan, rng] = [views(view(brighter), view()), createRng(0)];
    expectOwned(() => {
      const made = plan.apply([first, second], rng);
      const expected = tidy(() => add(first, 0.1));
      expect(made[0]).toBeAllclose(expected, 0);
      expect(made[1]).toBeAllclose(second, 0);
      expect(made[1]).not.toBe(second);
      return [...made, expected];
    });
    expect([first.isDisposed, second.isDisposed]).toEqual([false, false]);
  });

  test('random numbers are drawn view by view, as from one batch', () => {
    const flips = view(randomHorizontalFlip(), gaussianBlur({ kernel: 3 }));
    const plan = views(flips, flips);
    const whole = plan.apply(first, createRng(4));
    plan.apply([first, first], createRng(4)).forEach((made, i) => {
      expect(made).toBeAllclose(whole[i]!, 0);
    });
  });

  test('must be as many as the plan has views, and leave nothing behind if one fails', () => {
    const plan = views(view(), view());
    expectRefused(() => plan.apply([first], createRng(0)), /2 views of 1 tensors: give one for each view/);
    expectRefused(() => plan.apply([first, first, second], createRng(0)), /2 views of 3 tensors/);
    const fail: Transform = () => {
      throw new Error('no such luck');
    };
    expectRefused(() => views(view(brighter), view(brighter, fail)).apply([first, second], createRng(0)), /luck/);
  });
});
