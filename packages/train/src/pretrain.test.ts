import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomResizedCrop, view, views } from '@hcsc/data';
import { readLayersModel } from '@hcsc/weights';
import { memory } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StepRecord } from './log-record.js';
import { pretrain } from './pretrain.js';
import { noise, readLog, toyRecipe as recipe, stopAfter } from './toy-recipe.fixture.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-train-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a run folder holds log, configuration, encoder and checkpoint, and no tensor is left', async () => {
  const before = memory().numTensors;
  const result = await pretrain(recipe, { folder, details: { backend: 'x' } });
  expect(result).toMatchObject({ steps: 15, interrupted: false });
  const log = readLog(folder);
  expect(log.filter((record) => record.type === 'step').map((record) => record.step)).toEqual([...Array(15).keys()]);
  const epochs = log.filter((record) => record.type === 'epoch');
  expect(epochs.map((record) => record.before)).toEqual([{ clusterings: 1 }, { clusterings: 2 }, { clusterings: 3 }]);
  const second = log.filter((record) => record.type === 'step').filter((record) => record.epoch === 1);
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
  const expected = { log: readLog(folder), weights: Array.from(whole.method.encoder.getWeights()[0]!.dataSync()) };
  whole.method.dispose();

  const { logger, signal } = stopAfter(steps);
  const first = await pretrain(recipe, { folder, existing: 'replace', loggers: [logger], signal });
  expect(first).toMatchObject({ steps, interrupted: true });
  first.method.dispose();
  const rest = await pretrain(recipe, { folder, existing: 'resume' });
  expect(rest.steps).toBe(15);
  expect(Array.from(rest.method.encoder.getWeights()[0]!.dataSync())).toEqual(expected.weights);
  expect(readLog(folder)).toEqual(expected.log);
  rest.method.dispose();
});

test('views that workers make: the same run with any number of them, also after a stop', async () => {
  const before = memory().numTensors;
  const cut = view(randomResizedCrop(4, { scale: [0.3, 1], flip: 0.5 }));
  const inWorkers = { ...recipe, views: views(cut, view(...cut.transforms, noise)), viewsOn: 'workers' as const };
  const whole = await pretrain(inWorkers, { folder, workers: 1 });
  const weights = Array.from(whole.method.encoder.getWeights()[0]!.dataSync());
  const log = readLog(folder);
  whole.method.dispose();
  const { logger, signal } = stopAfter(7);
  const options = { folder, workers: 2 };
  (await pretrain(inWorkers, { ...options, existing: 'replace', loggers: [logger], signal })).method.dispose();
  const rest = await pretrain(inWorkers, { ...options, existing: 'resume' });
  expect(Array.from(rest.method.encoder.getWeights()[0]!.dataSync())).toEqual(weights);
  expect(readLog(folder)).toEqual(log);
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
  const waited = records.map((line) => (JSON.parse(line) as StepRecord).time.waiting!);
  const ofSteps = waited.slice(0, -1).reduce((sum, seconds) => sum + seconds, 0);
  expect(waited.at(-1)).toBeCloseTo(ofSteps, 6);
  expect(ofSteps).toBeGreaterThan(0);
});

test('a run is neither replaced nor resumed by accident', async () => {
  const before = memory().numTensors;
  (await pretrain({ ...recipe, epochs: 1 }, { folder })).method.dispose();
  const log = readLog(folder);
  await expect(pretrain(recipe, { folder, existing: 'refuse' })).rejects.toThrow(/holds a run: resume it, replace it/);
  await expect(pretrain(recipe, { folder })).rejects.toThrow(/epochs was 1 and is 3/);
  await expect(pretrain({ ...recipe, batchSize: 64 }, { folder })).rejects.toThrow(/22 images in batches of 64/);
  await expect(pretrain({ ...recipe, views: views(view(noise)) }, { folder })).rejects.toThrow(
    /toy needs 2 views, and the recipe makes 1/,
  );
  expect(readLog(folder)).toEqual(log);
  expect(memory().numTensors).toBe(before);
});
