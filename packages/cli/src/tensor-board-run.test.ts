import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memorySource, type Transform, view, views } from '@hcsc/data';
import type { FinishedEpoch, Recipe } from '@hcsc/train';
import { add, memory, tensor } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tensorBoardRun } from './tensor-board-run.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-tensor-board-run-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const own = () => join(folder, 'tensorboard');
/** What the event files hold; names and PNGs stand in them as they are. */
const written = () =>
  Buffer.concat(readdirSync(own()).map((file) => readFileSync(join(own(), file)))).toString('latin1');
const occurrences = (text: string) => written().split(text).length - 1;

const same: Transform = (images) => add(images, 0);
let opened = 0;
const recipe = {
  ...{ name: 'squares', seed: 0, views: views(view(same), view(same)) },
  data: {
    name: 'squares',
    train: async () => {
      opened++;
      return memorySource(new Uint8Array(8 * 16).fill(200), [4, 4, 1], { name: 'squares' });
    },
  },
} as unknown as Recipe;
const started = { name: 'squares', epochs: 2, stepsPerEpoch: 4, step: 0 };

test('views at the start of a run, once; histograms of the encoder after each epoch', async () => {
  opened = 0;
  const before = memory().numTensors;
  const first = await tensorBoardRun(recipe, folder);
  expect(existsSync(own())).toBe(false);
  expect((await first.recipe.data.train()).length).toBe(8);
  expect(opened).toBe(1);
  expect(memory().numTensors).toBe(before);

  first.logger.start!(started);
  expect(occurrences('\x89PNG')).toBe(1);
  const encoder = sequential({ layers: [layers.dense({ inputShape: [4], units: 2, name: 'fc' })] });
  const { numTensors } = memory();
  await first.afterEpoch({ epoch: 0, step: 4, method: { encoder } } as unknown as FinishedEpoch);
  expect(memory().numTensors).toBe(numTensors);
  expect([occurrences('encoder/fc.kernel'), occurrences('encoder/fc.bias')]).toEqual([1, 1]);
  encoder.layers[0]!.setWeights([tensor(Array(8).fill(1), [4, 2]), tensor([1, Number.NaN])]);
  await first.afterEpoch({ epoch: 1, step: 8, method: { encoder } } as unknown as FinishedEpoch);
  expect([occurrences('encoder/fc.kernel'), occurrences('encoder/fc.bias')]).toEqual([2, 1]);
  await first.logger.close();
  encoder.dispose();

  const second = await tensorBoardRun(recipe, folder);
  second.logger.start!({ ...started, step: 4 });
  await second.logger.close();
  expect(readdirSync(own())).toHaveLength(2);
  expect(occurrences('\x89PNG')).toBe(1);
});

test('a run that goes on, and was not written before, has views too', async () => {
  mkdirSync(join(folder, 'checkpoints'));
  const board = await tensorBoardRun(recipe, folder);
  board.logger.start!({ ...started, step: 3 });
  await board.logger.close();
  expect(occurrences('\x89PNG')).toBe(1);
});
