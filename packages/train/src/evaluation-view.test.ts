import { centerCrop, cifar10Statistics, mocoV2, normalize, type Transform, view, views } from '@hcsc/data';
import { clone, memory, ones, sub, type Tensor4D } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { evaluationView } from './evaluation-view.js';

let images: Tensor4D;
beforeAll(() => {
  images = ones([1, 2, 2, 3]);
});
afterAll(() => images.dispose());

/** The first pixel of what an encoder is shown of a white image, and its shape. */
function shown(recipe: Parameters<typeof evaluationView>[0]) {
  const before = memory().numTensors;
  const made = evaluationView(recipe)(images);
  expect(memory().numTensors).toBe(before + 1);
  const result = { shape: made.shape, pixel: [...made.dataSync().subarray(0, 3)] };
  made.dispose();
  return result;
}

const { mean, standardDeviation } = cifar10Statistics;
const white = mean.map((m, c) => (1 - m) / standardDeviation[c]!);

test('the normalisation that all views end with, and nothing else of them', () => {
  const { shape, pixel } = shown({ views: mocoV2({ size: 2, scale: [0.1, 0.2], normalize: cifar10Statistics }) });
  expect(shape).toEqual([1, 2, 2, 3]);
  pixel.forEach((value, c) => {
    expect(value).toBeCloseTo(white[c]!, 5);
  });
});

test('the image as it is, where views end differently or with something else', () => {
  const own: Transform = (given) => sub(1, given) as Tensor4D;
  const a = view(normalize([0.5], [0.25]));
  const plans = [
    views(view(), view()),
    views(a, view(normalize([0.5], [0.2]))),
    views(a, view()),
    views(view(normalize([0.5], [0.25]), own)),
    views(view((given) => clone(given))),
  ];
  for (const plan of plans) expect(shown({ views: plan }).pixel).toEqual([1, 1, 1]);
});

test('the recipe’s own evaluation view has the last word', () => {
  const own = view(centerCrop([1, 1]));
  const recipe = { views: mocoV2({ size: 2, normalize: cifar10Statistics }), evaluationView: own };
  expect(shown(recipe)).toEqual({ shape: [1, 1, 1, 3], pixel: [1, 1, 1] });
});
