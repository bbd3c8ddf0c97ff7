import { join } from 'node:path';
import { normalize, view, views } from '@hcsc/data';
import { semanticPairs } from '@hcsc/samplers';
import { readSafetensors } from '@hcsc/weights';
import { dispose, mul, scalar, type Tensor2D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { buildMethod } from '../pretrain.js';
import { toyRecipe } from '../toy-recipe.fixture.js';
import { folder } from '../toy-run.fixture.js';
import { minedPairs } from './mined-pairs.js';
import { contextIn, kinds } from './pairs.fixture.js';
import { pixelEncoder } from './pixel-encoder.js';
import { untrainedEncoder } from './untrained-encoder.js';

const miner = semanticPairs({ lower: 0.9, upper: 1 });

test('an untrained encoder has the weights its run begins with, and is shown images as it is in its recipe', async () => {
  const shown = normalize([0.5], [0.25]);
  const recipe = { ...toyRecipe, views: views(view(shown), view(shown)) };
  const { context } = contextIn(folder);
  await minedPairs({ encoder: untrainedEncoder(recipe), miner }).find(context);
  const { tensors } = await readSafetensors(join(context.folder, 'features.safetensors'));
  const method = buildMethod(recipe, kinds);
  const pixels = new Float32Array(await kinds.read([11])).map((value) => (value / 255 - 0.5) / 0.25);
  const images = tensor4d(pixels, [1, 4, 4, 1]);
  const features = method.encoder.predict(images) as Tensor2D;
  const [row] = await features.array();
  dispose([images, features]);
  method.dispose();
  const own = [...(tensors.features!.data as Float32Array).subarray(33, 36)];
  for (const [at, value] of row!.entries()) expect(own[at]).toBeCloseTo(value / Math.hypot(...row!), 5);
});

test('another seed has other features, another rate of learning has not', async () => {
  const works = async (recipe: typeof toyRecipe) => {
    const at = contextIn(folder);
    await minedPairs({ encoder: untrainedEncoder(recipe), miner }).find(at.context);
    return at.works.length > 0;
  };
  expect(await works(toyRecipe)).toBe(true);
  expect(await works({ ...toyRecipe, epochs: 9, optimizer: { ...toyRecipe.optimizer, learningRate: 1 } })).toBe(false);
  expect(await works({ ...toyRecipe, seed: 4 })).toBe(true);
});

test('pixels are as the recipe shows them', async () => {
  const { context } = contextIn(folder, { prepare: (images) => tidy(() => mul(images, scalar(-1))) });
  await minedPairs({ encoder: pixelEncoder(), miner }).find(context);
  const { tensors } = await readSafetensors(join(context.folder, 'features.safetensors'));
  const pixels = await kinds.read([11]);
  const own = (tensors.features!.data as Float32Array).subarray(16 * 11, 16 * 12);
  for (const [at, value] of pixels.entries()) expect(own[at]).toBeCloseTo(-value / Math.hypot(...pixels), 5);
});
