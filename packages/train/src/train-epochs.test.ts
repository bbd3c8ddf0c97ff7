import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { pretrain } from './pretrain.js';
import type { Recipe } from './recipe.js';
import { toyRecipe } from './toy-recipe.fixture.js';

test('what the system has to say, a signal for example, is heard after each step', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hcsc-train-epochs-'));
  const controller = new AbortController();
  const logger = {
    log() {
      setImmediate(() => controller.abort());
    },
    async close() {},
  };
  try {
    const run = await pretrain(toyRecipe, { folder, loggers: [logger], signal: controller.signal });
    run.method.dispose();
    expect(run).toMatchObject({ interrupted: true, steps: 1 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const boom = () => {
  throw 'boom'; // what a recipe throws need not be an error
};

test.each<[string, Partial<Recipe>, string]>([
  [
    'validation',
    { validation: { figures: async ({ epoch }) => (epoch === 1 ? boom() : {}) } },
    'Cannot validate epoch 1: ',
  ],
  [
    'monitor',
    {
      monitors: [
        {
          name: 'odd',
          options: {},
          start:
            () =>
            ({ epoch }) =>
              epoch === 1 ? boom() : [],
        },
      ],
    },
    '',
  ],
  [
    'schedule',
    { schedule: { ...toyRecipe.schedule, learningRate: (rate, { step }) => (step === 7 ? boom() : rate) } },
    '',
  ],
])('where a %s throws, the last good checkpoint is named and nothing leaks', async (_, part, what) => {
  const folder = mkdtempSync(join(tmpdir(), 'hcsc-train-epochs-'));
  const tensors = memory().numTensors;
  try {
    const path = join(folder, 'checkpoints', 'step-00000005.safetensors');
    await expect(pretrain({ ...toyRecipe, ...part }, { folder })).rejects.toThrow(
      `${what}boom. The last good checkpoint is ${path} (step 5)`,
    );
    expect(memory().numTensors).toBe(tensors);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
