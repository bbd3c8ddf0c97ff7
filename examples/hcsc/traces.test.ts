import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mlp, resnet } from '@hcsc/backbones';
import { memorySource, type Transform, view, views } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import { curriculum, hardestNegatives, ramp, selectiveInstances, selectivePrototypes } from '@hcsc/samplers';
import { cosine, defineRecipe, type EpochRecord, type LogRecord, pretrain, type StepRecord, sgd } from '@hcsc/train';
import { getBackend, memory, sub, sum, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { hcsc } from './method.js';

const EPOCHS = 4;
const STEPS = 6;
const noise = createRng(3);
const bytes = Uint8Array.from({ length: 192 * 64 }, () => noise.integer(256));
const source = memorySource(bytes, [8, 8, 1], { name: 'noise' });
const jitter: Transform = (images, rng) => tidy(() => sub(images, rng.normalTensor(images.shape, 0, 0.05)));

/** Another sampler from the third epoch on. */
const instanceSampler = curriculum([
  { until: 0.4, sampler: selectiveInstances() },
  { until: 1, sampler: hardestNegatives({ k: ramp(30, 5) }) },
]);

interface Run {
  readonly steps: StepRecord[];
  readonly epochs: EpochRecord[];
  /** Prototypes in use, by level, of each epoch that has any. */
  readonly alive: number[][];
  /** The epochs in which the step was run by JavaScript: on native once for each part of a step, if it is compiled. */
  readonly traced: number[];
  readonly tensors: number[];
}

/** A warm-up epoch and three with clusters, in one sitting more than there are steps to stop after. */
async function train(accumulate: number, compile: boolean, stops: readonly number[] = []): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'hcsc-traces-'));
  const before = memory().numTensors;
  const run: Run = { steps: [], epochs: [], alive: [], traced: [], tensors: [] };
  const recipe = defineRecipe({
    name: 'traces',
    seed: 1,
    epochs: EPOCHS,
    batchSize: 32,
    accumulate,
    data: { name: 'noise', train: async () => source },
    views: views(view(jitter), view(jitter)),
    method({ rng, imageShape }) {
      const made = hcsc({
        encoder: resnet({
          ...{ blocks: [1], widths: [4], stem: 'cifar', inputShape: [...imageShape], rng: rng.fork('encoder') },
        }),
        head: mlp({ hidden: 8, units: 8, rng: rng.fork('head') }),
        ...{ rng, queue: 37, momentum: 0.9, warmupEpochs: 1, clusters: [16, 6, 3], smallClusters: 'drop' },
        ...{ instanceSampler, prototypeSampler: selectivePrototypes() },
      });
      const { targets } = made;
      made.targets = (views, batch) => {
        run.traced.push(Math.floor(run.steps.length / STEPS));
        return targets(views, batch);
      };
      return made;
    },
    optimizer: sgd({ learningRate: 0.01 }),
    schedule: cosine(),
  });
  try {
    for (const stop of [...stops, null]) {
      const controller = new AbortController();
      const log = (record: LogRecord) => {
        if (record.type === 'step') run.steps.push(record);
        if (record.type === 'epoch') run.epochs.push(record);
        if (run.steps.length === stop) controller.abort();
      };
      const { method } = await pretrain(recipe, {
        ...{ folder, compile, loggers: [{ log, async close() {} }], signal: controller.signal },
        afterEpoch({ method }) {
          run.tensors.push(memory().numTensors);
          const levels = method.hierarchy?.levels.map(({ alive }) => tidy(() => sum(alive!).dataSync()[0]!));
          if (levels) run.alive.push(levels);
        },
      });
      method.dispose();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(memory().numTensors).toBe(before);
  return run;
}

const figures = (records: readonly (StepRecord | EpochRecord)[]) =>
  records.map(({ loss, parts }) => ({ loss, ...parts }));

// The cpu backend is slow.
test.each(getBackend() === 'cpu' ? [1] : [1, 2])(
  'a step of %i parts is traced once without prototypes and once with them',
  async (parts) => {
    const compiled = await train(parts, true);
    const plain = await train(parts, false);
    const stopped = await train(parts, true, [9, 21]);

    // Not as many prototypes are alive in each epoch, or the test would show little.
    expect(new Set(compiled.alive.map(String)).size).toBeGreaterThan(1);
    expect(compiled.alive).toEqual(plain.alive);
    expect(plain.traced).toHaveLength(EPOCHS * STEPS * parts);
    const native = getBackend() === 'tensorflow';
    expect(compiled.traced).toEqual(native ? [0, 1] : plain.traced);
    // A sitting begins with a trace of its own.
    expect(stopped.traced).toEqual(native ? [0, 1, 1, 3] : plain.traced);

    expect(compiled.steps).toHaveLength(EPOCHS * STEPS);
    for (const [i, expected] of figures(plain.steps).entries()) {
      const given = figures(compiled.steps)[i]!;
      expect(Object.keys(given)).toEqual(Object.keys(expected));
      expect(Object.values(given)).toBeAllclose(Object.values(expected), 1e-5);
    }
    expect(figures(stopped.steps)).toEqual(figures(compiled.steps));
    expect(figures(stopped.epochs)).toEqual(figures(compiled.epochs));
    expect(stopped.alive).toEqual(compiled.alive);
    const [, ...clustered] = compiled.tensors;
    expect(new Set(clustered).size).toBe(1);
  },
  120_000,
);
