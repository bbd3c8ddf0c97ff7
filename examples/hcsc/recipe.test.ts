import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mlp, resnet } from '@hcsc/backbones';
import { memorySource, type Transform, view, views } from '@hcsc/data';
import { selectiveInstances, selectivePrototypes } from '@hcsc/samplers';
import { cosine, defineRecipe, type EpochRecord, type LogRecord, pretrain, type StepRecord, sgd } from '@hcsc/train';
import { getBackend, memory, sub, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import tiny from '../tiny.fixture.js';
import { hcsc } from './method.js';

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

// The cpu backend would take many minutes.
if (getBackend() !== 'cpu') {
  describe('the recipe, small: 12 epochs of 512 images, the first four without clusters', () => {
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
        const { method } = await pretrain(tiny, { folder: run });
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

    const epochs = () => runs[0]!.log.filter((record): record is EpochRecord => record.type === 'epoch');

    test('the loss falls in both phases, and queries find their keys far more often than by chance', () => {
      // The first epoch fills the queue: as long as its rows are random, the loss is low.
      const [, ...plain] = epochs().filter((epoch) => epoch.parts.icsc === undefined);
      const selective = epochs().filter((epoch) => epoch.parts.icsc !== undefined);
      expect([plain.length, selective.length]).toEqual([3, 8]);
      for (const phase of [plain, selective]) expect(phase.at(-1)!.loss).toBeLessThan(phase[0]!.loss);
      // one of 129 candidates is the right one
      for (const { parts } of [...plain, ...selective]) expect(parts.accuracy).toBeGreaterThan(5 / 129);
    });

    test('a line says whether its loss is normal: similarities, queue, momentum, clusters, features', () => {
      const steps = runs[0]!.log.filter((record): record is StepRecord => record.type === 'step');
      const last = steps.at(-1)!;
      expect(last.parts.positive).toBeGreaterThan(last.parts.negative!);
      expect(steps.slice(0, 5).map(({ state }) => state.queue)).toEqual([0.25, 0.5, 0.75, 1, 1]);
      const { balance1, balance2, balance3 } = epochs().at(-1)!.before;
      expect(last.state).toEqual({ momentum: 0.99, queue: 1, balance1, balance2, balance3 });
      const { spread, rank } = last.features!;
      expect(spread > 0.1 && spread <= 1 && rank > 2).toBe(true);
      expect(steps.filter(({ time }) => time.beforeEpoch! > 0).map(({ step }) => step % 16)).toEqual(Array(12).fill(0));
    });

    test('keep-rates are shares, and lower where prototypes are fewer and wider', () => {
      for (const { parts } of epochs().filter((epoch) => epoch.parts.keep1 !== undefined)) {
        for (const rate of [parts.keep1!, parts.keep2!, parts.keep3!]) {
          expect(rate).toBeGreaterThan(0.1);
          expect(rate).toBeLessThan(1);
        }
        expect(parts.keep3!).toBeLessThan(parts.keep1!);
      }
    });

    test('the hierarchy is one: unit prototypes, everybody assigned, parents in range', () => {
      expect(levels.map(({ shape }) => shape)).toEqual([
        [40, 32],
        [15, 32],
        [5, 32],
      ]);
      levels.forEach(({ centroids, shape, counts, assignments, parents }, l) => {
        for (let c = 0; c < shape[0]!; c++) {
          const row = centroids.subarray(c * 32, c * 32 + 32);
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
      const without = (log: LogRecord[]) => log.map((record) => ({ ...record, time: null, memory: null }));
      expect(without(runs[1]!.log)).toEqual(without(runs[0]!.log));
    });
  });
}

test('200 steps and 5 clusterings leave no tensor behind', async () => {
  const bytes = Uint8Array.from({ length: 160 * 64 }, (_, i) => ((i >> 6) * 97 + (i & 63) * 31 + ((i * i) >> 3)) % 256);
  const source = memorySource(bytes, [8, 8, 1], { name: 'noise' });
  const jitter: Transform = (images, rng) => tidy(() => sub(images, rng.normalTensor(images.shape, 0, 0.05)));
  const smallest = defineRecipe({
    name: 'smallest',
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
  const { method, steps } = await pretrain(smallest, {
    folder: join(folder, 'smallest'),
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
