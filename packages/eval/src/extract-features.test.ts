import { memory, reshape, sum, type Tensor4D } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { extractFeatures, type FeatureEncoder, type ReadableImages, rawPixels } from './index.js';

const N = 11;
const bytes = Uint8Array.from({ length: N * 6 }, (_, i) => (i * 53) % 256);
const source: ReadableImages = {
  length: N,
  shape: [2, 1, 3],
  read: async (indices) => Uint8Array.from(Array.from(indices).flatMap((i) => [...bytes.subarray(6 * i, 6 * i + 6)])),
};
const scaled = Array.from(bytes, (b) => b / 255);

test.each([1, 4, 11, 100])('raw pixels in order, in batches of %i', async (batchSize) => {
  const before = memory().numTensors;
  const told: number[] = [];
  const features = await extractFeatures(rawPixels, source, { batchSize, onProgress: ({ done }) => told.push(done) });
  expect(features).toBeAllclose({ shape: [N, 6], data: scaled }, 1e-7);
  expect(told.at(-1)).toBe(N);
  expect(told.length).toBe(Math.ceil(N / batchSize));
  expect(memory().numTensors).toBe(before + 1);
  features.dispose();
});

test('a layers model runs in inference mode', async () => {
  const model = sequential({
    layers: [
      layers.flatten({ inputShape: [2, 1, 3] }),
      layers.dropout({ rate: 0.9 }),
      layers.dense({ units: 2, kernelInitializer: 'ones' }),
    ],
  });
  const before = memory().numTensors;
  const features = await extractFeatures(model, source, { batchSize: 4 });
  const sums = Array.from({ length: N }, (_, i) => scaled.slice(6 * i, 6 * i + 6).reduce((a, b) => a + b));
  expect(features).toBeAllclose({ shape: [N, 2], data: sums.flatMap((s) => [s, s]) }, 1e-5);
  features.dispose();
  expect(memory().numTensors).toBe(before);
  model.dispose();
});

test.each<[string, FeatureEncoder, RegExp]>([
  ['several outputs', { predict: (x) => [x, x] }, /encoder with 2 outputs/],
  ['features that are not pooled', (x) => x, /shape \[4,2,1,3\] for 4 images.*pool or flatten/],
  ['a scalar', (x) => sum(x), /shape \[\]/],
  ['features of other images', (x) => reshape(x, [2, -1]), /shape \[2,12\] for 4 images/],
  [
    'an encoder that throws',
    (x: Tensor4D) => {
      if (x.shape[0] === 3) throw new Error('last batch');
      return rawPixels(x);
    },
    /last batch/,
  ],
])('%s: refused, without a tensor left behind', async (_, encoder, message) => {
  const before = memory().numTensors;
  await expect(extractFeatures(encoder, source, { batchSize: 4 })).rejects.toThrow(message);
  expect(memory().numTensors).toBe(before);
});

test('a source that fails or is empty, and bad batches', async () => {
  const before = memory().numTensors;
  let reads = 0;
  const failing = {
    ...source,
    read: (i: ArrayLike<number>) => (reads++ ? Promise.reject(new Error('disk')) : source.read(i)),
  };
  await expect(extractFeatures(rawPixels, failing, { batchSize: 4 })).rejects.toThrow(/disk/);
  await expect(extractFeatures(rawPixels, { ...source, length: 0 })).rejects.toThrow(/without images/);
  await expect(extractFeatures(rawPixels, source, { batchSize: 0 })).rejects.toThrow(/batches of 0/);
  expect(memory().numTensors).toBe(before);
});
