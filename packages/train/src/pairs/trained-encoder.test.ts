import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { semanticPairs } from '@hcsc/samplers';
import { expect, test } from 'vitest';
import { pretrain } from '../pretrain.js';
import { defineRecipe, type Recipe } from '../recipe.js';
import { sgd } from '../sgd.js';
import { stopAfter, toyMethod, toyRecipe } from '../toy-recipe.fixture.js';
import { folder } from '../toy-run.fixture.js';
import { minedPairs } from './mined-pairs.js';
import { contextIn, kinds } from './pairs.fixture.js';
import { pixelEncoder } from './pixel-encoder.js';
import { trainedEncoder } from './trained-encoder.js';
import { untrainedEncoder } from './untrained-encoder.js';

const recipe = defineRecipe({ ...toyRecipe, data: { name: 'kinds', train: async () => kinds } });
const miner = semanticPairs({ lower: 0.9, upper: 1 });
const plan = (of: Recipe = recipe) => minedPairs({ encoder: trainedEncoder(of), miner });

test('trains the encoder beside the run that needs it, once', async () => {
  const first = contextIn(folder);
  const mined = await plan().find(first.context);
  expect(mined.pairs.length).toBeGreaterThan(0);
  expect(first.steps).toEqual(Array.from({ length: 21 }, (_, i) => i));
  expect(JSON.parse(readFileSync(join(folder, 'toy/status.json'), 'utf8'))).toMatchObject({ state: 'finished' });
  const written = statSync(join(folder, 'toy/config.json')).mtimeMs;

  const second = contextIn(folder);
  expect(await plan().find(second.context)).toEqual(mined);
  expect(second).toMatchObject({ steps: [], works: [], notices: [] });

  const third = contextIn(folder, { folder: join(folder, 'other/pairs') });
  expect(await plan().find(third.context)).toEqual(mined);
  expect(third.steps).toEqual([]);
  expect(third.works).toContain('embedding 100 %');
  expect(statSync(join(folder, 'toy/config.json')).mtimeMs).toBe(written);
});

test('training that was interrupted goes on', async () => {
  const whole = await plan().find(contextIn(folder).context);
  const { logger, signal } = stopAfter(5);
  const inner = join(folder, 'again');
  const stopped = contextIn(inner, { loggers: [logger], signal });
  await expect(plan().find(stopped.context)).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  expect(existsSync(join(stopped.context.folder, 'lock.json'))).toBe(false);
  const again = contextIn(inner);
  expect(await plan().find(again.context)).toEqual(whole);
  expect(again.steps[0]).toBe(5);
});

test('a run of another recipe is refused in words, and stays', async () => {
  const other = { ...recipe, seed: 4, optimizer: sgd({ learningRate: 0.004 }) };
  (await pretrain(other, { folder: join(folder, 'toy') })).method.dispose();
  const { context } = contextIn(folder);
  await expect(plan().find(context)).rejects.toThrow(
    /another recipe began:\n {2}seed was 4 and is 3\n {2}optimizer.learningRate was 0.004 and is 0.005\nIt is the run of an encoder: move it away to train another/,
  );
});

test('so is one that is not done', async () => {
  const { logger, signal } = stopAfter(5);
  const other = { ...recipe, seed: 4 };
  (await pretrain(other, { folder: join(folder, 'toy'), loggers: [logger], signal })).method.dispose();
  const error = await plan()
    .find(contextIn(folder).context)
    .catch((problem) => problem);
  expect(error).toMatchObject({ name: 'RunDiffersError', folder: join(folder, 'toy') });
  expect(error.message).toMatch(/seed was 4 and is 3\nIt is the run of an encoder: move it away to train another/);
});

test('recipes that need one another are refused before anything is trained', async () => {
  const one: Recipe = {
    ...recipe,
    name: 'one',
    get pairs() {
      return plan(two);
    },
  };
  const two: Recipe = { ...recipe, name: 'two', pairs: plan(one) };
  await expect(plan(one).find(contextIn(folder).context)).rejects.toThrow(
    'Cannot train one for pairs that one itself is to be trained on: one needs two needs one. Mine them with another encoder',
  );
  await expect(plan().find(contextIn(folder, { folder: join(folder, 'toy/pairs') }).context)).rejects.toThrow(
    `Cannot train the encoder toy into ${join(folder, 'toy')}: that is the run which needs it.`,
  );
});

test('a recipe that is trained on pairs itself gives an encoder, whose run is known again', async () => {
  // A method that says of itself whether it has pairs, as those of SPPS do.
  const aware: Recipe = {
    ...recipe,
    name: 'aware',
    stepsPerEpoch: 9,
    pairs: minedPairs({ encoder: pixelEncoder(), miner: semanticPairs({ lower: 0.95, upper: 1 }) }),
    method: ({ pairs }) => ({ ...toyMethod(), options: { pairs: pairs !== null } }),
  };
  const first = contextIn(folder);
  const mined = await plan(aware).find(first.context);
  expect(first.steps).toHaveLength(27);
  const again = contextIn(folder);
  expect(await plan(aware).find(again.context)).toEqual(mined);
  expect(again).toMatchObject({ works: [], notices: [] });
  // Its pairs are not needed any more, nor its checkpoints.
  rmSync(join(folder, 'aware/pairs'), { recursive: true });
  rmSync(join(folder, 'aware/checkpoints'), { recursive: true });
  const third = contextIn(folder, { folder: join(folder, 'third/pairs') });
  expect(await plan(aware).find(third.context)).toEqual(mined);
  expect(third.steps).toEqual([]);
  const other = contextIn(folder, { folder: join(folder, 'fourth/pairs') });
  await expect(plan({ ...aware, seed: 9 }).find(other.context)).rejects.toThrow(/seed was 3 and is 9/);
  await minedPairs({ encoder: untrainedEncoder(aware), miner }).find(contextIn(join(folder, 'fifth')).context);
});
