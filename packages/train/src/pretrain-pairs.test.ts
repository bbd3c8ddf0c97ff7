import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { centerCrop, type ImageSource, view, views } from '@hcsc/data';
import type { MinedPairs } from '@hcsc/samplers';
import { memory, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Logger } from './logger.js';
import type { Method } from './method.js';
import type { PairContext, PairPlan } from './pairs/pair-plan.js';
import { buildMethod, pretrain } from './pretrain.js';
import { applySettings, type Recipe } from './recipe.js';
import { RunDiffersError } from './run-differs-error.js';
import { readLog, stopAfter, toyMethod, toyRecipe, trainToy } from './toy-recipe.fixture.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-pairs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const found = (...pairs: number[]): MinedPairs => ({
  images: 22,
  pairs: Int32Array.from(pairs),
  similarities: new Float32Array(pairs.length / 2).fill(0.98),
  duplicates: new Int32Array(0),
});
const plan = (mined: MinedPairs, seen: PairContext[] = []): PairPlan => ({
  name: 'given',
  options: { count: mined.pairs.length / 2 },
  async find(context) {
    seen.push(context);
    mkdirSync(context.folder, { recursive: true });
    writeFileSync(join(context.folder, 'found'), '');
    return mined;
  },
});
const pairs = found(0, 7, 3, 9, 3, 21, 11, 4, 20, 1, 2, 13);

/** The toy's method, which tells which images its views are of: both the ones it is told of, and the ones it is shown. */
function watched(seen: { told: number[]; shown: number[] }[]): (context: { pairs: MinedPairs | null }) => Method {
  return ({ pairs: _ }) => {
    const method = toyMethod();
    const { targets } = method;
    const firstPixels = (images: Tensor4D) => tidy(() => Array.from(images.dataSync()).filter((_, i) => i % 16 === 0));
    return {
      ...method,
      targets(views, batch) {
        seen.push({
          told: [...batch.indices.dataSync(), ...batch.keyIndices.dataSync()],
          shown: views.flatMap(firstPixels),
        });
        return targets(views, batch);
      },
    } as Method;
  };
}

test('an epoch has every image with itself and every pair, and the views are of the images that the method is told of', async () => {
  const before = memory().numTensors;
  const seen: { told: number[]; shown: number[] }[] = [];
  const contexts: PairContext[] = [];
  const given: (MinedPairs | null)[] = [];
  const source = await toyRecipe.data.train();

  const recipe: Recipe = {
    ...toyRecipe,
    ...{ epochs: 1, batchSize: 7, views: views(view(), view()), pairs: plan(pairs, contexts) },
    method: (context) => {
      given.push(context.pairs);
      return watched(seen)(context);
    },
  };
  const run = join(folder, 'run');
  const { method, steps } = await pretrain(recipe, { folder: run, compile: false });
  method.dispose();
  expect(memory().numTensors).toBe(before);
  expect(given.at(-1)).toEqual(pairs);
  expect(steps).toBe(4);
  const items = seen.flatMap(({ told }) => told.slice(0, 7).map((first, i) => `${first},${told[7 + i]}`));
  const own = Array.from({ length: 22 }, (_, i) => `${i},${i}`);
  expect(items.sort()).toEqual([...own, '0,7', '3,9', '3,21', '11,4', '20,1', '2,13'].sort());
  const pixels = await source.read(Array.from({ length: 22 }, (_, i) => i));
  for (const { told, shown } of seen) {
    expect(shown.map((value) => Math.round(255 * value))).toEqual(told.map((image) => pixels[16 * image]));
  }
  const [context] = contexts;
  expect([context!.folder, context!.runs]).toEqual([join(run, 'pairs'), folder]);
  expect(context!.source.length).toBe(22);
  expect(existsSync(join(run, 'pairs', 'found'))).toBe(true);
  const config = JSON.parse(readFileSync(join(run, 'config.json'), 'utf8'));
  expect(config).toMatchObject({ pairs: { name: 'given', count: 6 }, foundPairs: { count: 6, duplicates: 0 } });
  expect(config.data.images).toBe(22);
});

test('a run with pairs goes on as if it had not stopped, and not with other pairs', async () => {
  const recipe: Recipe = { ...toyRecipe, pairs: plan(pairs) };
  const whole = await trainToy(folder, {}, recipe);
  expect(whole.steps).toBe(3 * 7);
  const { logger, signal } = stopAfter(9);
  await trainToy(folder, { existing: 'replace', loggers: [logger], signal }, recipe);
  const others = { ...recipe, pairs: plan(found(0, 7, 3, 9, 3, 21, 11, 4, 20, 1, 2, 14)) };
  const refused = pretrain(others, { folder });
  await expect(refused).rejects.toThrow(RunDiffersError);
  await expect(refused).rejects.toThrow(/foundPairs.digest was/);
  expect(await trainToy(folder, {}, recipe)).toEqual(whole);
});

test('a run is refused before pairs are found anew, if they would be found in another way', async () => {
  const recipe: Recipe = { ...toyRecipe, pairs: plan(pairs) };
  await trainToy(folder, {}, recipe);
  const seen: PairContext[] = [];
  const others = { ...recipe, pairs: { ...plan(pairs, seen), options: { lower: 0.9 } } };
  await expect(pretrain(others, { folder })).rejects.toThrow(/pairs.count was 6 and is not there/);
  await expect(pretrain(toyRecipe, { folder })).rejects.toThrow(/pairs.name was "given" and is not there/);
  await expect(pretrain(recipe, { folder, existing: 'refuse' })).rejects.toThrow(/holds a run/);
  writeFileSync(join(folder, 'mine.txt'), '');
  rmSync(join(folder, 'config.json'));
  rmSync(join(folder, 'checkpoints'), { recursive: true });
  await expect(pretrain({ ...recipe, pairs: plan(pairs, seen) }, { folder })).rejects.toThrow(/is no run folder/);
  expect(seen).toEqual([]);
});

test('a method is built before its pairs are found as it is for training, also where epochs need them', async () => {
  const source = await toyRecipe.data.train();
  const method: Recipe['method'] = ({ pairs }) => ({ ...toyMethod(), options: { keeps: pairs ? 'strangers' : 'all' } });
  const recipe: Recipe = { ...toyRecipe, pairs: plan(pairs), stepsPerEpoch: 7, method };
  const built = [buildMethod(recipe, source), buildMethod(recipe, source, pairs), buildMethod(toyRecipe, source)];
  expect(built.map(({ options }) => options)).toEqual([{ keeps: 'strangers' }, { keeps: 'strangers' }, undefined]);
  for (const each of built) each.dispose();
  await expect(pretrain({ ...recipe, stepsPerEpoch: 8 }, { folder })).rejects.toThrow(/from 1 to 7/);
});

test('pairs fill batches that the images alone do not', async () => {
  const source = await toyRecipe.data.train();
  const recipe = { ...toyRecipe, pairs: plan(pairs), batchSize: 25, epochs: 1 };
  const { steps } = await trainToy(folder, {}, recipe);
  expect(steps).toBe(1);
  expect(() => buildMethod(recipe, source, null).dispose()).not.toThrow();
  await expect(pretrain({ ...recipe, batchSize: 29 }, { folder: join(folder, 'other') })).rejects.toThrow(
    'Cannot train on 28 images in batches of 29',
  );
});

test('a method that does not take pairs is refused before any are found', async () => {
  const before = memory().numTensors;
  const seen: PairContext[] = [];
  const recipe = { ...toyRecipe, pairs: plan(pairs, seen), method: () => toyMethod() };
  await expect(pretrain(recipe, { folder })).rejects.toThrow(
    new TypeError(
      'Cannot train toy on pairs: its method does not take context.pairs, and would have images for negatives of their partners',
    ),
  );
  expect(seen).toEqual([]);
  expect(memory().numTensors).toBe(before);
});

test('an epoch can be shorter than the training set, and is another part of it each time', async () => {
  const seen: { told: number[]; shown: number[] }[] = [];
  const recipe = { ...toyRecipe, pairs: plan(pairs), stepsPerEpoch: 2, method: watched(seen) } as Recipe;
  const { steps, log } = await trainToy(folder, { compile: false }, recipe);
  expect(steps).toBe(6);
  expect(log.filter(({ type }) => type === 'epoch')).toHaveLength(3);
  const epochs = [0, 2, 4].map((at) =>
    seen
      .slice(at, at + 2)
      .flatMap(({ told }) => told)
      .join(),
  );
  expect(new Set(epochs).size).toBe(3);
  for (const stepsPerEpoch of [0, 8, 1.5]) {
    await expect(pretrain({ ...recipe, stepsPerEpoch }, { folder: join(folder, 'x') })).rejects.toThrow(
      `Cannot train epochs of ${stepsPerEpoch} steps: give stepsPerEpoch as an integer from 1 to 7, the batches there are`,
    );
  }
  expect(applySettings(recipe, { stepsPerEpoch: '1', accumulate: '2' })).toMatchObject({
    stepsPerEpoch: 1,
    accumulate: 2,
  });
  expect(() => applySettings(recipe, { stepsPerEpoch: '0' })).toThrow('Cannot train with stepsPerEpoch 0');
});

test('pairs of other images, and out of range, are refused; a search that is stopped leaves no run', async () => {
  const before = memory().numTensors;
  const of = (mined: MinedPairs): Recipe => ({ ...toyRecipe, pairs: plan(mined) });
  await expect(pretrain(of({ ...pairs, images: 21 }), { folder })).rejects.toThrow(
    'Cannot train toy on the pairs of given: they are of 21 images, and stripes has 22',
  );
  await expect(pretrain(of(found(0, 22)), { folder })).rejects.toThrow(RangeError);
  await expect(pretrain({ ...of(pairs), views: views(view()) }, { folder })).rejects.toThrow(
    'Cannot train toy on pairs with one view: needed a second view, of the second images',
  );
  const controller = new AbortController();
  const stopped: PairPlan = {
    ...plan(pairs),
    async find({ signal }) {
      controller.abort();
      signal!.throwIfAborted();
      return pairs;
    },
  };
  const run = join(folder, 'stopped');
  const { signal } = controller;
  let closed = 0;
  const logger: Logger = { log() {}, close: async () => void closed++ };
  const { interrupted, steps, method } = await pretrain(
    { ...toyRecipe, pairs: stopped },
    {
      ...{ folder: run, signal, loggers: [logger] },
    },
  );
  expect(closed).toBe(1);
  method.dispose();
  expect([interrupted, steps, existsSync(run)]).toEqual([true, 0, false]);
  expect(memory().numTensors).toBe(before);
});

test('a folder in which pairs were found before may become a run', async () => {
  const run = join(folder, basename(folder));
  mkdirSync(join(run, 'pairs'), { recursive: true });
  const { steps } = await trainToy(run, {}, toyRecipe);
  expect(steps).toBe(15);
  expect(readLog(run)).not.toHaveLength(0);
});

test('workers make the second view of the second image', async () => {
  const seen: { told: number[]; shown: number[] }[] = [];

  const whole = view(centerCrop(4));
  const recipe = {
    ...{ ...toyRecipe, epochs: 1, viewsOn: 'workers' as const, views: views(whole, whole) },
    ...{ pairs: plan(pairs), method: watched(seen) },
  } as Recipe;
  await trainToy(folder, { compile: false }, recipe);
  const source: ImageSource = await toyRecipe.data.train();
  const pixels = await source.read(Array.from({ length: 22 }, (_, i) => i));
  expect(seen).toHaveLength(7);
  for (const { told, shown } of seen) {
    expect(shown.map((value) => Math.round(255 * value))).toEqual(told.map((image) => pixels[16 * image]));
  }
});
