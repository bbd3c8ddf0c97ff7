import { createRng } from '@hcsc/random';
import { replayed } from '@hcsc/testing';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import {
  centerCrop,
  compose,
  evaluation,
  type HostStep,
  hcscMultiCrop,
  imagenetStatistics,
  mocoV1,
  mocoV2,
  normalize,
  resize,
  ressl,
  simclr,
  type ViewPlan,
  views,
} from '../index.js';
import { expectOwned, expectRefused, meanOf, noise } from '../transforms/images.fixture.js';
import { presets } from './presets.fixture.js';

const stepsOf = (plan: ViewPlan, which = 0) => plan.views[which]!.transforms.map(({ host }) => host!);
const namesOf = (plan: ViewPlan, which = 0) => stepsOf(plan, which).map(({ step }) => step);
const find = <Name extends HostStep['step']>(plan: ViewPlan, name: Name, which = 0) =>
  stepsOf(plan, which).find(({ step }) => step === name) as Extract<HostStep, { step: Name }> | undefined;

const jitterOf = (b: number, hue: number, p: number) => {
  const range = [Math.max(0, 1 - b), 1 + b];
  return { step: 'colorJitter', brightness: range, contrast: range, saturation: range, hue: [-hue, hue], p };
};

const crop = (side: number, scale: readonly [number, number], flip = 0.5) => ({
  step: 'randomResizedCrop',
  size: [side, side],
  scale,
  ratio: [3 / 4, 4 / 3],
  flip,
  interpolation: 'bilinear',
  antialias: true,
});
const grayscale = { step: 'randomGrayscale', p: 0.2 };
const blur = (kernel: number | null) => ({ step: 'gaussianBlur', p: 0.5, sigma: [0.1, 2], kernel });

describe('are what the papers say', () => {
  test('MoCo v1', () => {
    const plan = mocoV1({ size: 224 });
    expect(stepsOf(plan)).toEqual([crop(224, [0.2, 1]), grayscale, jitterOf(0.4, 0.4, 1)]);
    expect(stepsOf(plan, 1)).toEqual(stepsOf(plan));
    expect(plan.views.length).toBe(2);
  });

  test('MoCo v2', () => {
    const plan = mocoV2({ size: 224 });
    expect(stepsOf(plan)).toEqual([crop(224, [0.2, 1]), jitterOf(0.4, 0.1, 0.8), grayscale, blur(null)]);
    expect(stepsOf(plan, 1)).toEqual(stepsOf(plan));
  });

  test.each([
    [224, 23],
    [96, 9],
    [64, 7],
    [200, 21],
  ])('SimCLR at %i pixels blurs with a kernel of %i', (size, kernel) => {
    const plan = simclr({ size });
    expect(stepsOf(plan)).toEqual([crop(size, [0.08, 1]), jitterOf(0.8, 0.2, 0.8), grayscale, blur(kernel)]);
  });

  test('SimCLR on CIFAR-10', () => {
    const plan = simclr({ size: 32, strength: 0.5 });
    expect(stepsOf(plan)).toEqual([crop(32, [0.08, 1]), jitterOf(0.4, 0.1, 0.8), grayscale]);
    expect(find(simclr({ size: 32, blur: {} }), 'gaussianBlur')).toEqual(blur(3));
    expect(find(simclr({ size: 32, blur: { p: 1, kernel: 5 } }), 'gaussianBlur')).toEqual({ ...blur(5), p: 1 });
  });

  test('ReSSL: strong first, then weak', () => {
    const plan = ressl({ size: 224, normalize: imagenetStatistics });
    expect(stepsOf(plan)).toEqual(stepsOf(mocoV2({ size: 224, normalize: imagenetStatistics })));
    const { mean, standardDeviation } = imagenetStatistics;
    expect(stepsOf(plan, 1)).toEqual([crop(224, [0.2, 1]), { step: 'normalize', mean, standardDeviation }]);
  });

  test('HCSC with multi-crop', () => {
    const plan = hcscMultiCrop();
    const colors = [jitterOf(0.4, 0.1, 0.8), grayscale, blur(null)];
    expect(plan.views.map((_, i) => stepsOf(plan, i))).toEqual([
      [crop(224, [0.2, 1]), ...colors],
      [crop(224, [0.2, 1]), ...colors],
      [crop(192, [0.172, 0.86]), ...colors],
      [crop(160, [0.143, 0.715]), ...colors],
      [crop(128, [0.114, 0.571]), ...colors],
      [crop(96, [0.086, 0.429]), ...colors],
    ]);
  });

  test('ReSSL and CGH with multi-crop: their own two, then the local views', () => {
    const options = { normalize: imagenetStatistics };
    const [, , ...local] = hcscMultiCrop(options).views;
    const plan = views(...ressl({ size: 224, ...options }).views, ...local);
    const { mean, standardDeviation } = imagenetStatistics;
    const last = { step: 'normalize', mean, standardDeviation };
    const strong = (size: number, scale: readonly [number, number]) => [
      crop(size, scale),
      jitterOf(0.4, 0.1, 0.8),
      grayscale,
      blur(null),
      last,
    ];
    expect(plan.views.map((_, i) => stepsOf(plan, i))).toEqual([
      strong(224, [0.2, 1]),
      [crop(224, [0.2, 1]), last],
      strong(192, [0.172, 0.86]),
      strong(160, [0.143, 0.715]),
      strong(128, [0.114, 0.571]),
      strong(96, [0.086, 0.429]),
    ]);
  });

  test('HCSC with crops of other numbers and sizes', () => {
    const plan = hcscMultiCrop({ sizes: [32, 20], minScales: [0.3, 0.1], maxScales: [1, 0.4], counts: [2, 3] });
    const crops = plan.views.map((_, i) => find(plan, 'randomResizedCrop', i)!);
    expect(crops.map(({ size, scale }) => [size[0], ...scale])).toEqual([
      [32, 0.3, 1],
      [32, 0.3, 1],
      [20, 0.1, 0.4],
      [20, 0.1, 0.4],
      [20, 0.1, 0.4],
    ]);
    expect(namesOf(plan)).not.toContain('gaussianBlur');
  });

  test('evaluation', () => {
    expect(stepsOf(evaluation())).toEqual([
      { step: 'resize', size: 256, interpolation: 'bilinear', antialias: true },
      { step: 'centerCrop', size: [224, 224] },
    ]);
    expect(find(evaluation({ size: 96 }), 'resize')!.size).toBe(110);
    expect(namesOf(evaluation({ normalize: imagenetStatistics }))).toEqual(['resize', 'centerCrop', 'normalize']);
  });
});

test('options mean the same for all of them', () => {
  const options = {
    scale: [0.5, 0.6],
    ratio: [1, 1],
    interpolation: 'bicubic',
    flip: 0,
    jitter: { contrast: 0, p: 0.3 },
    grayscale: 0,
    blur: { sigma: [1, 2] },
    normalize: { mean: [0.5], standardDeviation: [0.25] },
  } as const;
  const { scale, ...withoutScale } = options;
  for (const plan of [
    mocoV1({ size: 16, ...options }),
    mocoV2({ size: 16, ...options }),
    simclr({ size: 16, ...options }),
    ressl({ size: 16, ...options }),
    hcscMultiCrop({ sizes: [16], minScales: [0.5], maxScales: [0.6], ...withoutScale }),
  ]) {
    expect(namesOf(plan)).toEqual(['randomResizedCrop', 'colorJitter', 'gaussianBlur', 'normalize']);
    expect(find(plan, 'randomResizedCrop')).toEqual({
      ...crop(16, scale, 0),
      ratio: [1, 1],
      interpolation: 'bicubic',
    });
    const jitter = find(plan, 'colorJitter')!;
    expect([jitter.contrast, jitter.p]).toEqual([[1, 1], 0.3]);
    expect(jitter.brightness[1]).toBeGreaterThan(1.3); // as the preset has it
    const { p, sigma } = find(plan, 'gaussianBlur')!;
    expect([p, sigma]).toEqual([0.5, [1, 2]]);
    expect(find(plan, 'normalize')).toMatchObject(options.normalize);
  }
  const none = simclr({ size: 224, jitter: false, grayscale: 0, blur: false });
  expect(namesOf(none)).toEqual(['randomResizedCrop']);
  // PIL's blur takes no kernel, so that SimCLR's does not get in its way.
  expect(simclr({ size: 224, blur: { approximation: 'box' } }).views[0]!.transforms.length).toBe(4);
});

test('an evaluation view is resize, centre crop, normalise, and draws nothing', () => {
  const images = noise([3, 20, 30, 3]);
  const rng = createRng(1);
  expectOwned(() => {
    const [made] = evaluation({ size: [12, 14], resize: 16, normalize: imagenetStatistics }).apply(images, rng);
    const { mean, standardDeviation } = imagenetStatistics;
    const steps = compose(resize(16), centerCrop([12, 14]), normalize(mean, standardDeviation));
    const expected = steps(images, rng);
    expect(made).toBeAllclose(expected, 1e-6);
    return [made, expected];
  });
  expect(rng.state()).toEqual(createRng(1).state());
});

test('statistics are frozen and fit normalize', () => {
  expect(() => {
    (imagenetStatistics.mean as number[])[0] = 0;
  }).toThrow(TypeError);
  const images = noise([2, 40, 40, 3]);
  const [made] = evaluation({ size: 40, resize: 40, normalize: imagenetStatistics }).apply(images, createRng(0));
  expect(Math.abs(meanOf(made.dataSync()) - (0.5 - 0.449) / 0.226)).toBeLessThan(0.1);
});

describe.each(presets)('%s', (_, plan, shapes) => {
  const images = noise([3, 24, 20, 3]);

  test('gives views of its sizes, owned by the caller, of every number of channels', () => {
    for (const channels of [1, 3, 5]) {
      const batch = noise([3, 24, 20, channels]);
      expectOwned(() => {
        const made = plan.apply(batch, createRng(1)) as Tensor4D[];
        expect(made.map((view) => view.shape)).toEqual(shapes.map(([h, w]) => [3, h, w, channels]));
        for (const view of made)
          for (const value of view.dataSync()) expect(value >= 0 && value <= 1 + 1e-6).toBe(true);
        return made;
      });
      batch.dispose();
    }
  });

  test('is drawn anew at each call of a compiled function, as plain ones are', () => {
    const [plain, traced] = [createRng(3), createRng(3)];
    const compiled = replayed((batch: Tensor4D) => [...plan.apply(batch, traced)]);
    for (let step = 0; step < 2; step++) {
      expectOwned(() => {
        const made = compiled(images);
        const expected = plan.apply(images, plain) as Tensor4D[];
        made.forEach((view, i) => {
          expect(view).toBeAllclose(expected[i]!, 0);
        });
        return [...made, ...expected];
      });
    }
  });
});

test('bad options are refused', () => {
  expect(() => simclr({ size: 32, strength: 3 })).toThrow(/strength of 3: give 0 to 2.5/);
  expect(() => simclr({ size: 32, strength: Number.NaN })).toThrow(RangeError);
  expect(() => mocoV1({ size: 8, scale: [0, 1] })).toThrow(/scale/);
  expect(() => ressl({ size: 8, flip: 2 })).toThrow(/2 as flip/);
  expect(() => hcscMultiCrop({ sizes: [32, 16] })).toThrow(/2 sizes, 5 minScales, 5 maxScales, 2 counts/);
  expect(() => hcscMultiCrop({ counts: [1, 1, 1, 1, 1] })).toThrow(/at least 2 of the first size/);
  expect(() => hcscMultiCrop({ counts: [2, 1, -1, 1, 1] })).toThrow(RangeError);
  expect(() => hcscMultiCrop({ sizes: [], minScales: [], maxScales: [] })).toThrow(RangeError);
  const images = noise([1, 9, 9, 1]);
  expectRefused(() => evaluation({ size: 8, resize: 7 }).apply(images, createRng(0)), /8 x 8 out of/);
});
