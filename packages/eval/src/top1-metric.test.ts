import { createRng } from '@hcsc/random';
import { memory, type Tensor2D } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { knn, knnTop1, linearProbe, linearTop1 } from './index.js';

const split = (seed: number, n: number) => ({
  features: createRng(seed).normalTensor([n, 6]) as Tensor2D,
  labels: Int32Array.from({ length: n }, (_, i) => i % 3),
});

it('is the top-1 of the evaluation of that name, with its options, each time', async () => {
  const [train, test] = [split(0, 60), split(1, 30)];
  const all = [train.features, train.labels, test.features, test.labels] as const;
  const before = memory().numTensors;
  const near = { k: 3, temperature: 0.5 };
  const quick = { epochs: 3, learningRate: 1 };
  expect(await knnTop1(near).measure(train, test)).toBe((await knn(...all, near)).top1);
  const linear = linearTop1(quick);
  for (const _ of ['once', 'again'])
    expect(await linear.measure(train, test)).toBe((await linearProbe(...all, quick)).top1);
  expect(memory().numTensors).toBe(before);
  expect([knnTop1(near).options, linear.options, knnTop1().options]).toEqual([near, quick, {}]);
  train.features.dispose();
  test.features.dispose();
});
