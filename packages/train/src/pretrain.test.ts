import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memorySource, randomResizedCrop, type Transform, view, views } from '@hcsc/data';
import { readLayersModel } from '@hcsc/weights';
import { mean, memory, type Scalar, square, sub, sum, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Logger, LogRecord } from './json-lines.js';
import type { Method } from './method.js';
import { modelParameters, modelTensors, restoreModel } from './model-parameters.js';
import { pretrain } from './pretrain.js';
import { defineRecipe } from './recipe.js';
import { cosine } from './schedule.js';
import { sgd } from './sgd.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-train-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const source = memorySource(
  Uint8Array.from({ length: 22 * 16 }, (_, i) => ((i >> 4) * 37 + i * 11) % 256),
  [4, 4, 1],
  { name: 'stripes' },
);

/** Descends on the squared distance of the two views' features, plus a pull away from zero. */
function toyMethod(): Method<{ key: Tensor2D }> {
  const x = input({ shape: [4, 4, 1] });
  const kernelInitializer = 'ones';
  const encoder = model({
    inputs: x,
    outputs: layers.dense({ units: 3, kernelInitializer, name: 'fc' }).apply(layers.flatten().apply(x)) as never,
  });
  let clusterings = 0;
  return {
    name: 'toy',
    views: 2,
    encoder,
    parameters: modelParameters(encoder),
    async beforeEpoch() {
      clusterings++;
      return { clusterings };
    },
    targets: ([, second]) => ({ key: encoder.predict(second as Tensor4D) as Tensor2D }),
    loss([first], { key }) {
      const query = encoder.apply(first as Tensor4D, { training: true }) as Tensor2D;
      const far = mean(square(sub(sum(query, 1), 3))) as Scalar;
      return { total: far, parts: { distance: mean(square(sub(query, key))) } };
    },
    state: () => ({ tensors: modelTensors(encoder, ''), values: { clusterings } }),
    restore({ tensors, values }) {
      restoreModel(encoder, tensors, '');
      clusterings = Number(values.clusterings);
    },
    dispose: () => {
      encoder.dispose();
    },
  };
}

const noise: Transform = (images, rng) => tidy(() => sub(images, rng.normalTensor(images.shape, 0, 0.1)));

const recipe = defineRecipe({
  name: 'toy',
  seed: 3,
  epochs: 3,
  batchSize: 4,
  data: { name: 'stripes', train: async () => source },
  views: views(view(noise), view(noise)),
  method: toyMethod,
  optimizer: sgd({ learningRate: 0.005 }),
  schedule: cosine(),
});

const readLog = () =>
  readFileSync(join(folder, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { time, ...rest } = JSON.parse(line) as LogRecord;
      expect(Object.values(time).every((seconds) => seconds >= 0)).toBe(true);
      return rest;
    });

/** Aborts once `steps` steps have been logged. */
function stopAfter(steps: number): { logger: Logger; signal: AbortSignal } {
  const controller = new AbortController();
  let seen = 0;
  return {
    signal: controller.signal,
    logger: {
      log(record) {
        if (record.type === 'step' && ++seen === steps) controller.abort();
      },
      async close() {},
    },
  };
}

test('a run folder holds log, configuration, encoder and checkpoint, and no tensor is left', async () => {
  const before = memory().numTensors;
  const result = await pretrain(recipe, { folder, details: { backend: 'x' } });
  expect(result).toMatchObject({ steps: 15, interrupted: false });
  const log = readLog();
  expect(log.filter((record) => record.type === 'step').map((record) => record.step)).toEqual([...Array(15).keys()]);
  const epochs = log.filter((record) => record.type === 'epoch');
  expect(epochs.map((record) => record.before)).toEqual([{ clusterings: 1 }, { clusterings: 2 }, { clusterings: 3 }]);
  const second = log.filter((record) => record.type === 'step' && record.epoch === 1);
  expect(epochs[1]!.loss).toBeCloseTo(second.reduce((total, record) => total + record.loss, 0) / second.length, 6);
  expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))).toMatchObject({
    name: 'toy',
    backend: 'x',
    optimizer: { name: 'sgd', learningRate: 0.005, momentum: 0.9 },
    schedule: { name: 'cosine' },
  });
  const saved = await readLayersModel(join(folder, 'encoder'));
  expect(saved.getWeights()[0]!).toBeAllclose(result.method.encoder.getWeights()[0]!, 0);
  saved.dispose();
  result.method.dispose();
  expect(memory().numTensors).toBe(before);
});

test.each([1, 3, 5, 7, 14])('stopped after %i steps, a run goes on as if it had not been', async (steps) => {
  const whole = await pretrain(recipe, { folder });
  const expected = { log: readLog(), weights: Array.from(whole.method.encoder.getWeights()[0]!.dataSync()) };
  whole.method.dispose();

  const { logger, signal } = stopAfter(steps);
  const first = await pretrain(recipe, { folder, existing: 'replace', loggers: [logger], signal });
  expect(first).toMatchObject({ steps, interrupted: true });
  first.method.dispose();
  const rest = await pretrain(recipe, { folder, existing: 'resume' });
  expect(rest.steps).toBe(15);
  expect(Array.from(rest.method.encoder.getWeights()[0]!.dataSync())).toEqual(expected.weights);
  expect(readLog()).toEqual(expected.log);
  rest.method.dispose();
});

test('views that workers make: the same run with any number of them, also after a stop', async () => {
  const before = memory().numTensors;
  const cut = view(randomResizedCrop(4, { scale: [0.3, 1], flip: 0.5 }));
  const inWorkers = { ...recipe, views: views(cut, view(...cut.transforms, noise)), viewsOn: 'workers' as const };
  const whole = await pretrain(inWorkers, { folder, workers: 1 });
  const weights = Array.from(whole.method.encoder.getWeights()[0]!.dataSync());
  const log = readLog();
  whole.method.dispose();
  const { logger, signal } = stopAfter(7);
  const options = { folder, workers: 2 };
  (await pretrain(inWorkers, { ...options, existing: 'replace', loggers: [logger], signal })).method.dispose();
  const rest = await pretrain(inWorkers, { ...options, existing: 'resume' });
  expect(Array.from(rest.method.encoder.getWeights()[0]!.dataSync())).toEqual(weights);
  expect(readLog()).toEqual(log);
  rest.method.dispose();
  await expect(pretrain({ ...inWorkers, viewsOn: 'device' }, { folder, existing: 'resume' })).rejects.toThrow(
    /viewsOn was "workers" and is "device"/,
  );
  await expect(pretrain(inWorkers, { folder, workers: 0 })).rejects.toThrow(/0 workers/);
  expect(memory().numTensors).toBe(before);
});

test('the log says how long steps waited for their images', async () => {
  (await pretrain({ ...recipe, epochs: 1 }, { folder })).method.dispose();
  const records = readFileSync(join(folder, 'log.jsonl'), 'utf8').trim().split('\n');
  const waited = records.map((line) => (JSON.parse(line) as LogRecord).time.waiting!);
  const ofSteps = waited.slice(0, -1).reduce((sum, seconds) => sum + seconds, 0);
  expect(waited.at(-1)).toBeCloseTo(ofSteps, 6);
  expect(ofSteps).toBeGreaterThan(0);
});

test('a run is neither replaced nor resumed by accident', async () => {
  const before = memory().numTensors;
  (await pretrain({ ...recipe, epochs: 1 }, { folder })).method.dispose();
  const log = readLog();
  await expect(pretrain(recipe, { folder })).rejects.toThrow(/holds a run: resume it, replace it/);
  await expect(pretrain(recipe, { folder, existing: 'resume' })).rejects.toThrow(/epochs was 1 and is 3/);
  await expect(pretrain({ ...recipe, batchSize: 64 }, { folder })).rejects.toThrow(/22 images in batches of 64/);
  await expect(pretrain({ ...recipe, views: views(view(noise)) }, { folder })).rejects.toThrow(
    /toy needs 2 views, and the recipe makes 1/,
  );
  expect(readLog()).toEqual(log);
  expect(memory().numTensors).toBe(before);
});

test('a loss that is not finite stops the run with its step', async () => {
  const before = memory().numTensors;
  const wild = { ...recipe, optimizer: sgd({ learningRate: 1e20 }) };
  await expect(pretrain(wild, { folder })).rejects.toThrow(/The loss is (NaN|Infinity) at step \d+/);
  expect(memory().numTensors).toBe(before);
});
