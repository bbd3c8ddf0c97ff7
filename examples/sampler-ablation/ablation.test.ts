import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mlp, resnet } from '@hcsc/backbones';
import { type ImageSource, memorySource, type Transform, view, views } from '@hcsc/data';
import {
  ablationCells,
  type CellValues,
  cellRecipe,
  constant,
  defineAblation,
  defineRecipe,
  type Method,
  pretrain,
  type StepRecord,
  sgd,
} from '@hcsc/train';
import { sub, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hcsc } from '../hcsc/method.js';
import ablation from './ablation.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-ablation-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = Uint8Array.from({ length: 48 * 64 }, (_, i) => ((i >> 6) * 97 + (i & 63) * 31 + ((i * i) >> 3)) % 256);
const noise = memorySource(bytes, [8, 8, 1], { name: 'noise' });

/** What a run is given and begins with, written down as it goes. */
interface Trace {
  /** The images of every batch. */
  readonly batches: number[][];
  /** The pixels of every view. */
  readonly views: number[][];
  readonly initial: number[][];
}

const flat = (method: Method) => method.parameters.map(({ variable }) => [...variable.dataSync()]);

/** The grid's samplers in a recipe that is over in seconds, runs operation by operation, and can be watched. */
const watched = (trace: Trace) =>
  defineAblation({
    ...{ name: 'watched', seeds: [0, 1], baseline: { sampler: 'all' } },
    factors: ablation.factors,
    recipe: ({ sampler }: CellValues<typeof ablation.factors>) => {
      const jitter: Transform = (images, rng) => {
        const made = tidy(() => sub(images, rng.normalTensor(images.shape, 0, 0.05)) as typeof images);
        trace.views.push([...made.dataSync()]);
        return made;
      };
      const source: ImageSource = {
        ...noise,
        read(indices) {
          trace.batches.push([...Array.from(indices)]);
          return noise.read(indices);
        },
      };
      return defineRecipe({
        ...{ name: 'small', seed: 9, epochs: 2, batchSize: 8 },
        data: { name: 'noise', train: async () => source },
        views: views(view(jitter), view(jitter)),
        method: ({ rng, imageShape }) => {
          const method = hcsc({
            encoder: resnet({
              ...{ blocks: [1], widths: [4], stem: 'cifar', inputShape: [...imageShape], rng: rng.fork('encoder') },
            }),
            head: mlp({ hidden: 8, units: 8, rng: rng.fork('head') }),
            ...{ rng, queue: 24, momentum: 0.9, warmupEpochs: 1, clusters: [9, 4, 2] },
            ...{ instanceSampler: sampler.instances, prototypeSampler: sampler.prototypes },
          });
          trace.initial.push(...flat(method));
          return method;
        },
        optimizer: sgd({ learningRate: 0.05 }),
        schedule: constant(),
        monitors: [],
      });
    },
  });

test('for one seed all cells see the same batches and views, and begin with the same weights', async () => {
  const run = async (name: string) => {
    const trace: Trace = { batches: [], views: [], initial: [] };
    const grid = watched(trace);
    const cell = ablationCells(grid).find((one) => one.name === name)!;
    const { method } = await pretrain(cellRecipe(grid, cell), { folder: join(folder, name), compile: false });
    const weights = flat(method);
    method.dispose();
    const lines = readFileSync(join(folder, name, 'log.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const steps = lines.map((line) => JSON.parse(line) as StepRecord).filter(({ type }) => type === 'step');
    return { trace, losses: steps.map(({ loss }) => loss), weights };
  };
  const runs = [];
  for (const label of Object.keys(ablation.factors.sampler)) runs.push(await run(`sampler=${label},seed=0`));
  const [first, ...others] = runs as [(typeof runs)[0], ...typeof runs];
  // 2 epochs of 6 steps, two views each; the first epoch has no clusters, before the other all images are read for them
  expect(first.trace.views).toHaveLength(2 * 6 * 2);
  expect(first.trace.batches.flat()).toHaveLength((2 + 1) * 48);
  expect(others).toHaveLength(4);
  for (const other of others) {
    expect(other.trace).toEqual(first.trace);
    expect(other.losses.slice(0, 6)).toEqual(first.losses.slice(0, 6));
  }
  // from the clustering on they go their own ways
  expect(new Set(runs.map(({ losses }) => losses[6])).size).toBe(5);
  expect(new Set(runs.map(({ weights }) => JSON.stringify(weights))).size).toBe(5);

  const { trace } = await run('sampler=all,seed=1');
  expect(trace.batches).not.toEqual(first.trace.batches);
  expect(trace.views[0]).not.toEqual(first.trace.views[0]);
  expect(trace.initial).not.toEqual(first.trace.initial);
}, 120_000);

test('the grid is that of its header: five pairs of samplers, three seeds', () => {
  const cells = ablationCells(ablation);
  expect(cells).toHaveLength(15);
  for (const cell of cells) {
    const { name, seed, epochs } = cellRecipe(ablation, cell);
    expect([name, seed, epochs]).toEqual([cell.name, cell.seed, 6]);
  }
});
