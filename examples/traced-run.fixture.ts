import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mlp, resnet } from '@hcsc/backbones';
import { memorySource, type Transform, view, views } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import {
  cosine,
  defineRecipe,
  type EpochRecord,
  type LogRecord,
  type Method,
  pretrain,
  type StepRecord,
  sgd,
} from '@hcsc/train';
import { getBackend, memory, sub, sum, tidy } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { MocoFrameOptions } from './moco-frame.js';

const EPOCHS = 4;
const STEPS = 6;
const noise = createRng(3);
const bytes = Uint8Array.from({ length: 192 * 64 }, () => noise.integer(256));
const source = memorySource(bytes, [8, 8, 1], { name: 'noise' });
const jitter: Transform = (images, rng) => tidy(() => sub(images, rng.normalTensor(images.shape, 0, 0.05)));

/** Of a method that has a warm-up of one epoch, and prototypes from then on. */
type Make = (frame: Omit<MocoFrameOptions, 'pairs'>) => Method;

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
async function train(make: Make, accumulate: number, compile: boolean, stops: readonly number[] = []): Promise<Run> {
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
      const made = make({
        encoder: resnet({
          ...{ blocks: [1], widths: [4], stem: 'cifar', inputShape: [...imageShape], rng: rng.fork('encoder') },
        }),
        head: mlp({ hidden: 8, units: 8, rng: rng.fork('head') }),
        ...{ rng, queue: 37, momentum: 0.9 },
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
          const levels = method.hierarchy?.levels.map(({ alive, counts }) =>
            alive ? tidy(() => sum(alive).dataSync()[0]!) : counts.size,
          );
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
  records.map((record) => ({
    ...{ loss: record.loss, ...record.parts },
    ...(record.type === 'epoch' && record.before),
  }));

/**
 * Expects a step in so many parts to be traced once without prototypes and once with them, to train as a plain one does, and a
 * run that is stopped and goes on to be as if it had not.
 *
 * @returns The compiled run, to see what it was a test of.
 */
export async function expectTwoTraces(make: Make, parts: number): Promise<Run> {
  const compiled = await train(make, parts, true);
  const plain = await train(make, parts, false);
  const stopped = await train(make, parts, true, [9, 21]);

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
  return compiled;
}
