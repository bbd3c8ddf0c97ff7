import { normalize, randomHorizontalFlip, type Transform, type ViewPlan, view, views } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import { dispose, memory, mul, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { shownViews } from './shown-views.js';

/** What is shown of `values`, had a plan of this one view made them. */
async function shown(values: ArrayLike<number>, shape: [number, number, number, number], ...transforms: Transform[]) {
  const tensor = tensor4d(Float32Array.from(values), shape);
  try {
    return (await shownViews(views(view(...transforms)), [tensor])).map(([only]) => [...only!.data]);
  } finally {
    tensor.dispose();
  }
}

const custom: Transform = (images) => images.clone();

test.each([
  ['one number a channel', 3, [normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]],
  ['one number for all channels', 3, [normalize([0.5], [0.25])]],
  ['grey', 1, [normalize([0.2860405969887955], [0.3530242445149223])]],
  ['two after one another', 3, [normalize([0.1, 0.2, 0.3], [0.5, 0.6, 0.7]), custom, normalize([0.4], [2])]],
])('normalisation is undone: %s', async (_, channels, transforms) => {
  const bytes = Uint8Array.from({ length: 2 * 4 * 5 * channels }, (_, i) => (i * 37) % 256);
  const plan: ViewPlan = views(view(...transforms), view(randomHorizontalFlip(0), ...transforms));
  const images = mul(tensor4d(Float32Array.from(bytes), [2, 4, 5, channels]), 1 / 255) as Tensor4D;
  const made = plan.apply(images, createRng(0));
  const rows = await shownViews(plan, made);
  expect(rows.map((row) => row.length)).toEqual([2, 2]);
  rows.forEach((row, i) => {
    const expected = [...bytes.subarray(i * 20 * channels, (i + 1) * 20 * channels)];
    for (const one of row)
      expect([one.height, one.width, one.channels, [...one.data]]).toEqual([4, 5, channels, expected]);
  });
  dispose([images, ...made]);
});

test('a little beyond 0 and 1 is cut off', async () => {
  expect(await shown([-0.25, 0, 0.2, 1, 1.25, 0.5], [1, 2, 3, 1])).toEqual([[0, 0, 51, 255, 255, 128]]);
});

test('far beyond 0 and 1, the smallest value is black and the largest white, in all images alike', async () => {
  expect(await shown([-1, -0.5, 0, 1], [2, 1, 2, 1], custom)).toEqual([
    [0, 64],
    [128, 255],
  ]);
  expect(await shown([0, 51, 102, 255], [1, 2, 2, 1], custom)).toEqual([[0, 51, 102, 255]]);
});

test('what has no place between black and white does not throw', async () => {
  const { NaN: none, POSITIVE_INFINITY: infinite } = Number;
  expect(await shown([none, 0.2, 1, none], [1, 2, 2, 1])).toEqual([[0, 51, 255, 0]]);
  expect(await shown([-infinite, -1, 1, infinite], [1, 2, 2, 1])).toEqual([[0, 0, 255, 255]]);
  expect(await shown([none, none], [1, 1, 2, 1])).toEqual([[0, 0]]);
  expect(await shown([7, 7], [1, 1, 2, 1])).toEqual([[255, 255]]);
  expect(await shown([-7, infinite], [1, 1, 2, 1])).toEqual([[0, 255]]);
});

test('each view has its own size and its own range, each image its views in order', async () => {
  const tensors = [
    tensor4d([0.2, 0.4, 0.6, 0.8], [2, 1, 2, 1]),
    tensor4d([-1, 1], [2, 1, 1, 1]),
    tensor4d([0, 0.2, 0.4, 0.6, 0.8, 1], [2, 1, 1, 3]),
  ];
  const before = memory().numTensors;
  const rows = await shownViews(views(view(), view(custom), view()), tensors);
  expect(rows.map((row) => row.map(({ data }) => [...data]))).toEqual([
    [[51, 102], [0], [0, 51, 102]],
    [[153, 204], [255], [153, 204, 255]],
  ]);
  expect(memory().numTensors).toBe(before);
  expect(tensors.some(({ isDisposed }) => isDisposed)).toBe(false);
  dispose(tensors);
});
