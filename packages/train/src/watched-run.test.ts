import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '@hcsc/weights';
import { tensor2d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { Monitor } from './monitors/monitor.js';
import { listener, toyRecipe as recipe, stopAfter, toyMethod } from './toy-recipe.fixture.js';
import { checkpoints, folder, train } from './toy-run.fixture.js';

test('a loss that is not finite stops the run with the step, the part, and the last good checkpoint', async () => {
  const schedule = {
    ...recipe.schedule,
    learningRate: (base: number, { step }: { step: number }) => (step < 7 ? base : 1e30),
  };
  const wild = { ...recipe, schedule };
  await expect(train({}, wild)).rejects.toThrow(
    /(NaN|Infinity) at step 8.*The last good checkpoint is .*step-00000005.safetensors \(step 5\)/,
  );
  expect(JSON.parse(readFileSync(join(folder, 'status.json'), 'utf8'))).toMatchObject({
    state: 'failed',
    step: 8,
    steps: 15,
  });
  expect(checkpoints()).toContain('step-00000005.safetensors');
});

test('weights that are not finite are not written', async () => {
  const schedule = {
    ...recipe.schedule,
    learningRate: (base: number, { step }: { step: number }) => (step < 9 ? base : 1e39),
  };
  await expect(train({}, { ...recipe, schedule })).rejects.toThrow(
    /Cannot write the checkpoint of step 10: .*(NaN|Infinity).*The last good checkpoint is .*\(step 5\)/,
  );
  expect(checkpoints()).toEqual(['best.safetensors', 'latest.safetensors', 'step-00000005.safetensors']);
});

test('validation: logged with its epoch, and what is best may go by it', async () => {
  const figures = async ({ epoch }: { epoch: number }) => ({ knn: [0.5, 0.7, 0.6][epoch]! });
  const { log } = await train(
    {},
    { ...recipe, validation: { figures }, checkpoints: { best: { figure: 'knn', order: 'highest' } } },
  );
  expect(log.flatMap((record) => (record.type === 'epoch' ? record.validation?.knn : []))).toEqual([0.5, 0.7, 0.6]);
  const { metadata } = await readSafetensors(join(folder, 'checkpoints', 'best.safetensors'));
  expect(JSON.parse(metadata.position!).best).toEqual({ figure: 'knn', value: 0.7, step: 10 });
});

/** An alarm at the `n`-th step that it is shown: a monitor with a memory. */
const alarmAtRecord = (n: number, stop = false): Monitor => ({
  name: 'counting',
  options: {},
  start() {
    let seen = 0;
    return ({ type, step }) =>
      type === 'step' && ++seen === n
        ? [{ figure: 'seen', value: seen, limit: n, message: `Step ${step} is odd`, stop }]
        : [];
  },
});

test('a monitor warns once, at the same step, however often the run is interrupted', async () => {
  const watched = { ...recipe, monitors: [alarmAtRecord(8)] };
  const whole = await train({}, watched);
  const warnings = whole.log.filter(({ type }) => type === 'warning');
  expect(warnings).toEqual([
    { type: 'warning', of: 'step', step: 7, epoch: 1, figure: 'seen', value: 8, message: 'Step 7 is odd' },
  ]);
  const { logger, signal } = stopAfter(3);
  await train({ existing: 'replace', loggers: [logger], signal }, watched);
  const second = stopAfter(6);
  await train({ loggers: [second.logger], signal: second.signal }, watched);
  const { notices, logger: heard } = listener();
  expect(await train({ loggers: [heard] }, watched)).toEqual(whole);
  expect(notices).toEqual([]);
});

test('a monitor that stops the run names the last good checkpoint', async () => {
  await expect(train({}, { ...recipe, monitors: [alarmAtRecord(8, true)] })).rejects.toThrow(
    /^Step 7 is odd\. The last good checkpoint is .*step-00000005\.safetensors \(step 5\)$/,
  );
});

test('the method is watched: features at every so many steps and at the end of an epoch', async () => {
  const method = () => {
    const toy = toyMethod();
    return {
      ...toy,
      figures: () => ({ queue: 0.5 }),
      loss: (...given: Parameters<typeof toy.loss>) => ({
        ...toy.loss(...given),
        features: tensor2d([1, 0, -1, 0, 0, 1, 0, -1], [4, 2]),
      }),
    };
  };
  const { log } = await train({}, { ...recipe, method, epochs: 2, featuresEvery: 3 });
  const seen = log.filter((record) => record.type !== 'warning').map(({ type, features }) => [type, features?.rank]);
  const [yes, no] = [expect.closeTo(2, 5), undefined];
  expect(seen).toEqual([
    ...[yes, no, no, yes, yes].map((rank) => ['step', rank]),
    ['epoch', yes],
    ...[no, yes, no, no, yes].map((rank) => ['step', rank]),
    ['epoch', yes],
  ]);
  expect(log[0]).toMatchObject({ state: { queue: 0.5 } });
});

test('a batch in parts: refused before anything is made if it cannot be, else trained', async () => {
  await expect(train({}, { ...recipe, accumulate: 3 })).rejects.toThrow(/batch of 4 images in 3 equal parts/);
  expect(readdirSync(folder)).toEqual([]);
  expect(await train({}, { ...recipe, accumulate: 2 })).toMatchObject({ steps: 15 });
  await expect(train({}, recipe)).rejects.toThrow(/accumulate was 2 and is 1/);
});

test('where no epoch has the figure that checkpoints are best by, it is said once', async () => {
  const { notices, logger } = listener();
  await train({ loggers: [logger] }, { ...recipe, checkpoints: { best: { figure: 'knnn', order: 'highest' } } });
  expect(notices).toEqual([
    'No checkpoint is the best yet: epoch 0 has no finite knnn, it has loss, clusterings, distance',
  ]);
  expect(checkpoints()).not.toContain('best.safetensors');
});
