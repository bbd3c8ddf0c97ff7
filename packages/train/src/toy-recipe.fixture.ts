import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { memorySource, type Transform, view, views } from '@hcsc/data';
import { mean, type Scalar, square, sub, sum, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';
import type { LogRecord } from './log-record.js';
import type { Logger } from './logger.js';
import type { Method } from './method.js';
import { modelParameters, modelTensors, restoreModel } from './model-parameters.js';
import { type PretrainOptions, pretrain } from './pretrain.js';
import { defineRecipe, type Recipe } from './recipe.js';
import { cosine } from './schedule.js';
import { sgd } from './sgd.js';

const stripes = memorySource(
  Uint8Array.from({ length: 22 * 16 }, (_, i) => ((i >> 4) * 37 + i * 11) % 256),
  [4, 4, 1],
  { name: 'stripes' },
);

/** Descends on the squared distance of the two views' features, plus a pull away from zero. */
export function toyMethod(): Method<{ key: Tensor2D }> {
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

export const noise: Transform = (images, rng) => tidy(() => sub(images, rng.normalTensor(images.shape, 0, 0.1)));

export const toyRecipe = defineRecipe({
  name: 'toy',
  seed: 3,
  epochs: 3,
  batchSize: 4,
  data: { name: 'stripes', train: async () => stripes },
  views: views(view(noise), view(noise)),
  // It has no negatives that pairs would have to be kept from.
  method: ({ pairs: _ }) => toyMethod(),
  optimizer: sgd({ learningRate: 0.005 }),
  schedule: cosine(),
});

/** A run's log without what depends on the machine, which is looked at here. */
export function readLog(folder: string): LogRecord[] {
  const lines = readFileSync(join(folder, 'log.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const record = JSON.parse(line) as LogRecord;
    if (record.type === 'warning') return record;
    expect(Object.values(record.time).every((seconds) => seconds >= 0)).toBe(true);
    expect(record.memory.resident).toBeGreaterThan(10);
    return { ...record, time: {}, memory: { resident: 0, tensors: 0 } };
  });
}

/** Aborts once `steps` steps have been logged. */
export function stopAfter(steps: number): { logger: Logger; signal: AbortSignal } {
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

/** Trains the toy, or another recipe, and gives what has come of it. */
export async function trainToy(folder: string, options: Partial<PretrainOptions> = {}, recipe: Recipe = toyRecipe) {
  const { method, steps, interrupted } = await pretrain(recipe, { folder, ...options });
  const weights = Array.from(method.encoder.getWeights()[0]!.dataSync());
  method.dispose();
  return { weights, steps, interrupted, log: readLog(folder) };
}

/** A logger that keeps what it is told besides records. */
export function listener(): { notices: string[]; logger: Logger } {
  const notices: string[] = [];
  return { notices, logger: { log() {}, notice: (message) => notices.push(message), async close() {} } };
}
