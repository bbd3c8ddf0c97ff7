import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mlp, resnet } from '@hcsc/backbones';
import { memorySource, type Transform, view, views } from '@hcsc/data';
import { selectiveInstances, selectivePrototypes } from '@hcsc/samplers';
import { cosine, defineRecipe, type EpochRecord, type LogRecord, pretrain, type StepRecord, sgd } from '@hcsc/train';
import { getBackend, memory, sub, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstImages } from '../small-data.js';
import { hcsc } from './method.js';
import recipe from './recipe.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-recipe-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const logOf = (run: string): LogRecord[] =>
  readFileSync(join(run, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LogRecord);

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

// The cpu backend would take many minutes.
if (getBackend() !== 'cpu') {
  describe('the recipe on 512 images, 4 epochs, the first two without clusters', () => {
    // a queue that the first steps fill: until then its random rows make the loss low
    const settings = { ...recipe.settings!, queue: 128, warmup: 0.5, momentum: 0.9 };
    const optimizer = { ...recipe.optimizer, learningRate: 0.1 };
    const small = { ...recipe, settings, optimizer, epochs: 4, data: firstImages(512, 64) };
    const runs: { log: LogRecord[] }[] = [];
    let levels: {
      centroids: Float32Array;
      shape: number[];
      counts: Int32Array;
      assignments: Int32Array;
      parents: Int32Array | null;
    }[];

    beforeAll(async () => {
      for (const name of ['first', 'again']) {
        const run = join(folder, name);
        const { method } = await pretrain(small, { folder: run });
        levels = method.hierarchy!.levels.map(({ centroids, counts, assignments, parents }) => ({
          centroids: centroids.dataSync() as Float32Array,
          shape: centroids.shape,
          counts: counts.dataSync() as Int32Array,
          assignments: assignments.dataSync() as Int32Array,
          parents: (parents?.dataSync() as Int32Array) ?? null,
        }));
        method.dispose();
        runs.push({ log: logOf(run) });
      }
    }, 300_000);

    const steps = () => runs[0]!.log.filter((record): record is StepRecord => record.type === 'step');

    test('the loss falls in both phases, and queries find their keys far more often than by chance', () => {
      const plain = steps().filter((step) => step.parts.icsc === undefined);
      const selective = steps().filter((step) => step.parts.icsc !== undefined);
      expect(plain).toHaveLength(16);
      expect(selective).toHaveLength(16);
      const loss = (records: StepRecord[]) => mean(records.map((step) => step.loss));
      console.log(
        plain.map((s) => [s.loss, s.parts.accuracy]),
        selective.map((s) => [s.loss, s.parts.accuracy]),
      );
      expect(loss(plain.slice(-4))).toBeLessThan(loss(plain.slice(2, 6)));
      expect(loss(selective.slice(-4))).toBeLessThan(loss(selective.slice(0, 4)));
      // 1 of 129 candidates is the right one
      expect(mean(selective.slice(-8).map((step) => step.parts.accuracy!))).toBeGreaterThan(10 / 129);
    });

    test('keep-rates are shares, and lower where prototypes are fewer and wider', () => {
      for (const { parts } of steps().filter((step) => step.parts.keep1 !== undefined)) {
        for (const rate of [parts.keep1!, parts.keep2!, parts.keep3!]) {
          expect(rate).toBeGreaterThan(0.5);
          expect(rate).toBeLessThan(1);
        }
        expect(parts.keep3!).toBeLessThan(parts.keep1!);
      }
    });

    test('the hierarchy is one: unit prototypes, everybody assigned, parents in range', () => {
      expect(levels.map(({ shape }) => shape)).toEqual([
        [120, 64],
        [40, 64],
        [10, 64],
      ]);
      levels.forEach(({ centroids, shape, counts, assignments, parents }, l) => {
        for (let c = 0; c < shape[0]!; c++) {
          const row = centroids.subarray(c * 64, c * 64 + 64);
          expect(Math.hypot(...row)).toBeCloseTo(1, 4);
        }
        expect(assignments).toHaveLength(512);
        expect(counts.reduce((a, b) => a + b)).toBe(512);
        const above = levels[l + 1]?.shape[0];
        if (above === undefined) expect(parents).toBeNull();
        else expect(parents!.every((parent) => parent >= 0 && parent < above)).toBe(true);
      });
    });

    test('the same seed gives the same log', () => {
      const without = (log: LogRecord[]) => log.map(({ time: _, ...rest }) => rest);
      expect(without(runs[1]!.log)).toEqual(without(runs[0]!.log));
    });
  });
}

test('200 steps and 5 clusterings leave no tensor behind', async () => {
  const bytes = Uint8Array.from({ length: 160 * 64 }, (_, i) => ((i >> 6) * 97 + (i & 63) * 31 + ((i * i) >> 3)) % 256);
  const source = memorySource(bytes, [8, 8, 1], { name: 'noise' });
  const jitter: Transform = (images, rng) => tidy(() => sub(images, rng.normalTensor(images.shape, 0, 0.05)));
  const tiny = defineRecipe({
    name: 'tiny',
    seed: 1,
    epochs: 10,
    batchSize: 8,
    data: { name: 'noise', train: async () => source },
    views: views(view(jitter), view(jitter)),
    method: ({ rng, imageShape }) =>
      hcsc({
        encoder: resnet({
          blocks: [1],
          widths: [4],
          stem: 'cifar',
          inputShape: [...imageShape],
          rng: rng.fork('encoder'),
        }),
        head: mlp({ hidden: 8, units: 8, rng: rng.fork('head') }),
        rng,
        queue: 60,
        momentum: 0.9,
        warmupEpochs: 5,
        clusters: [12, 6, 3],
        instanceSampler: selectiveInstances(),
        prototypeSampler: selectivePrototypes(),
      }),
    optimizer: sgd({ learningRate: 0.01 }),
    schedule: cosine(),
  });
  const before = memory().numTensors;
  const atEpoch: number[] = [];
  const { method, steps } = await pretrain(tiny, {
    folder: join(folder, 'tiny'),
    loggers: [
      {
        log: (record: StepRecord | EpochRecord) => {
          if (record.type === 'epoch') atEpoch.push(memory().numTensors);
        },
        close: async () => {},
      },
    ],
  });
  expect(steps).toBe(200);
  // the first epochs have no hierarchy yet; from the first clustering on nothing is added
  expect(new Set(atEpoch.slice(0, 5)).size).toBe(1);
  expect(new Set(atEpoch.slice(5)).size).toBe(1);
  method.dispose();
  expect(memory().numTensors).toBe(before);
}, 120_000);
