import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memorySource, type Transform, view, views } from '@hcsc/data';
import { knnTop1 } from '@hcsc/eval';
import type { Runtime } from '@hcsc/runtime';
import type { MinedPairs } from '@hcsc/samplers';
import {
  type AblationMetric,
  ablationCells,
  cellRecipe,
  constant,
  defineAblation,
  defineRecipe,
  type Method,
  modelParameters,
  modelTensors,
  pairCount,
  pairPurity,
  restoreModel,
  sgd,
} from '@hcsc/train';
import { mean, memory, type Scalar, square, sub, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CellState, cellState } from './cell-state.js';
import { lookElsewhere } from './compare-with-runs.js';
import type { Grid } from './grid.js';
import { type RunCellOptions, runCell } from './run-cell.js';

let folder: string;
let tensors: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-cell-'));
  tensors = memory().numTensors;
});
afterEach(() => {
  expect(memory().numTensors).toBe(tensors);
  rmSync(folder, { recursive: true });
});

const labels = Int32Array.from({ length: 24 }, (_, i) => i % 2);
const bytes = Uint8Array.from({ length: 24 * 16 }, (_, i) => (labels[i >> 4]! * 90 + (i & 15) * (i >> 4) * 3) % 256);
const images = memorySource(bytes, [4, 4, 1], { name: 'stripes', labels });
const unlabelled = memorySource(bytes, [4, 4, 1], { name: 'stripes' });

function method(): Method<{ key: Tensor2D }> {
  const x = input({ shape: [4, 4, 1] });
  const dense = layers.dense({ units: 3, kernelInitializer: 'ones', name: 'fc' });
  const encoder = model({ inputs: x, outputs: dense.apply(layers.flatten().apply(x)) as never });
  return {
    ...{ name: 'plain', views: 2, encoder, parameters: modelParameters(encoder) },
    targets: ([, second]) => ({ key: encoder.predict(second as Tensor4D) as Tensor2D }),
    loss: ([first], { key }) => ({
      total: mean(square(sub(encoder.apply(first as Tensor4D) as Tensor2D, key))) as Scalar,
      parts: {},
    }),
    state: () => ({ tensors: modelTensors(encoder, ''), values: {} }),
    restore: ({ tensors: saved }) => restoreModel(encoder, saved, ''),
    dispose: () => void encoder.dispose(),
  };
}

const noise: Transform = (batch, rng) => tidy(() => sub(batch, rng.normalTensor(batch.shape, 0, 0.1)));

const ablation = defineAblation({
  ...{ name: 'rates', seeds: [0], baseline: { rate: 0.001 } },
  factors: { rate: [0.001, 0.01] },
  recipe: ({ rate }) =>
    defineRecipe({
      ...{ name: 'small', seed: 9, epochs: 2, batchSize: 8, monitors: [] },
      // It has no negatives that pairs would have to be kept from.
      method: ({ pairs: _ }) => method(),
      data: { name: 'stripes', train: async () => images, test: async () => images },
      views: views(view(noise), view(noise)),
      optimizer: sgd({ learningRate: rate }),
      schedule: constant(),
    }),
});
const cell = ablationCells(ablation)[0]!;
const metric = knnTop1({ k: 3 });

const run = (options: Partial<RunCellOptions> = {}) =>
  runCell({
    ...{
      ablation,
      file: 'rates.ts',
      digest: 'd',
      cell,
      recipe: cellRecipe(ablation, cell),
      folder: join(folder, 'run'),
    },
    ...{ metrics: [metric], set: {}, say: () => {}, signal: new AbortController().signal },
    runtime: { backend: 'cpu', info: {} } as unknown as Runtime,
    logger: { log() {}, async close() {} },
    ...options,
  });

const log = () => readFileSync(join(folder, 'run', 'log.jsonl'), 'utf8');

test('a cell is trained and measured; the same again does no step more and gives the same', async () => {
  const summary = await run();
  expect(summary).toMatchObject({ cell: { rate: '0.001' }, seed: 0, backend: 'cpu', epochs: 2, file: 'd' });
  expect(summary!.figures).toEqual({ 'kNN top-1': { value: expect.any(Number), options: { k: 3 } } });
  expect(await cellState(join(folder, 'run'), [metric])).toEqual({ state: 'finished', summary });
  const before = log();
  expect((await run())!.figures).toEqual(summary!.figures);
  expect(log()).toBe(before);
  // by another metric it is not measured yet
  const other = await cellState(join(folder, 'run'), [metric, { ...metric, name: 'kNN of one', options: { k: 1 } }]);
  expect(other).toEqual({ state: 'open', progress: 'trained, not measured' });
  expect(await cellState(join(folder, 'run'), [knnTop1({ k: 5 })])).toMatchObject({ state: 'open' });
});

test('a figure may be missing of such a run, and that is measured too', async () => {
  const none: AblationMetric = { name: 'pair purity', measure: async (_train, _test, run) => run.pairs && 1 };
  const summary = await run({ metrics: [metric, none] });
  expect(summary!.figures['pair purity']).toEqual({ value: null, options: {} });
  expect(await cellState(join(folder, 'run'), [metric, none])).toEqual({ state: 'finished', summary });
});

test('metrics are told of the pairs that the run was trained on, and of the labels', async () => {
  const mined: MinedPairs = {
    ...{ images: 24, pairs: Int32Array.of(0, 2, 1, 4, 3, 5), similarities: Float32Array.of(0.9, 0.8, 0.7) },
    duplicates: new Int32Array(0),
  };
  const pairs = { name: 'three', options: { count: 3 }, find: async () => mined };
  const metrics = [pairCount(), pairPurity()];
  for (const _ of ['trained', 'read']) {
    const summary = await run({ metrics, recipe: { ...cellRecipe(ablation, cell), pairs } });
    expect(Object.values(summary!.figures).map(({ value }) => value)).toEqual([3, 2 / 3]);
    expect(summary!.steps).toBe(2 * 3);
  }
});

test.each<[string, AblationMetric['measure'], string]>([
  ['throws', () => Promise.reject(new Error('no figure today')), 'no figure today'],
  ['is no number', async () => Number.NaN, 'kNN top-1 gave NaN, which is no finite number'],
])('what was trained stays if its measure %s', async (_, measure, message) => {
  await expect(run({ metrics: [{ ...metric, measure }] })).rejects.toThrow(message);
  const before = log();
  expect(await cellState(join(folder, 'run'), [metric])).toEqual({ state: 'open', progress: 'trained, not measured' });
  expect(await run()).not.toBeNull();
  expect(log()).toBe(before);
});

test('an interrupted cell has no summary, and goes on to the figures it would have had', async () => {
  const whole = (await run({ folder: join(folder, 'whole') }))!;
  const controller = new AbortController();
  const logger = { log: () => controller.abort(), async close() {} };
  expect(await run({ signal: controller.signal, logger })).toBeNull();
  expect(await cellState(join(folder, 'run'), [metric])).toEqual({ state: 'open', progress: '0.3 of 2 epochs' });
  expect((await run())!.figures).toEqual(whole.figures);
});

test('a cell that cannot be measured is not trained', async () => {
  const data = { name: 'stripes', train: async () => unlabelled, test: async () => images };
  const recipe = { ...cellRecipe(ablation, cell), data };
  await expect(run({ recipe })).rejects.toThrow(
    'Nothing to measure on: its recipe needs data.test, and data.labelled or',
  );
  expect(await cellState(join(folder, 'run'), [metric])).toEqual({ state: 'open', progress: 'not begun' });
});

test('what another process has finished since is looked at again; what failed here is not', async () => {
  const cells = ablationCells(ablation);
  const recipes = new Map(cells.map((each) => [each.name, cellRecipe(ablation, each)]));
  const states = new Map<string, CellState>([
    [cells[0]!.name, { state: 'failed', message: 'here' }],
    [cells[1]!.name, { state: 'open', progress: 'not begun' }],
  ]);
  const grid: Grid = {
    ...{ ablation, metrics: [metric], digest: 'd', root: folder, set: {} },
    ...{ cells, chosen: cells.slice(0, 1), recipes, states },
  };
  await lookElsewhere(grid);
  expect(states.get(cells[1]!.name)).toEqual({ state: 'open', progress: 'not begun' });
  for (const each of cells) {
    await run({ cell: each, recipe: recipes.get(each.name)!, folder: join(folder, each.name) });
  }
  await lookElsewhere(grid);
  expect(states.get(cells[0]!.name)).toEqual({ state: 'failed', message: 'here' });
  expect(states.get(cells[1]!.name)).toMatchObject({ state: 'finished', summary: { cell: { rate: '0.01' } } });
});
