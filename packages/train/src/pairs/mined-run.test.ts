import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { semanticPairs } from '@hcsc/samplers';
import { expect, test } from 'vitest';
import type { Logger } from '../logger.js';
import { pretrain } from '../pretrain.js';
import { progressLog } from '../progress-log.js';
import { defineRecipe, type Recipe } from '../recipe.js';
import { readLog, toyRecipe, trainToy } from '../toy-recipe.fixture.js';
import { folder } from '../toy-run.fixture.js';
import { minedPairs } from './mined-pairs.js';
import { kinds } from './pairs.fixture.js';
import { pixelEncoder } from './pixel-encoder.js';
import { savedPairs } from './saved-pairs.js';
import { trainedEncoder } from './trained-encoder.js';

const base = defineRecipe({ ...toyRecipe, data: { name: 'kinds', train: async () => kinds } });
const miner = semanticPairs({ lower: 0.98, upper: 0.9999 });
const spps = (pairs: Recipe['pairs']) => defineRecipe({ ...base, name: 'spps', stepsPerEpoch: 7, pairs });

const train = (place: string, options: Parameters<typeof trainToy>[1] = {}, recipe: Recipe = plan) =>
  trainToy(join(folder, place, 'spps'), options, recipe);
const plan = spps(minedPairs({ encoder: trainedEncoder(base), miner: semanticPairs({ lower: 0.9, upper: 1 }) }));

test('one command trains the encoder, mines, and trains on images and pairs; stopped anywhere it goes on', async () => {
  const whole = await train('whole');
  expect(whole.steps).toBe(21);
  for (const [place, said] of [
    ['in training', 'step'],
    ['in embedding', 'embedding'],
    ['in mining', 'mining'],
  ] as const) {
    const controller = new AbortController();
    const stop: Logger = {
      log: () => said === 'step' && controller.abort(),
      phase: (name) => name === said && controller.abort(),
      close: async () => {},
    };
    const stopped = { signal: controller.signal, findingPairs: { loggers: [stop] } };
    const { method, ...first } = await pretrain(plan, { folder: join(folder, place, 'spps'), ...stopped });
    method.dispose();
    expect(first).toMatchObject({ interrupted: true, steps: 0 });
    expect(await train(place)).toEqual(whole);
  }
}, 30_000);

test('pairs that are saved are those that were mined, and a run on others is not gone on with', async () => {
  const pairs = minedPairs({ encoder: pixelEncoder(), miner });
  const mined = await train('mined', {}, spps(pairs));
  const saved = spps(savedPairs(join(folder, 'mined/spps/pairs')));
  expect((await train('saved', {}, saved)).weights).toEqual(mined.weights);
  const fewer = spps(minedPairs({ encoder: pixelEncoder(), miner: semanticPairs({ lower: 0.985, upper: 0.9999 }) }));
  await train('fewer', {}, fewer);
  const others = spps(savedPairs(join(folder, 'fewer/spps')));
  await expect(train('saved', {}, others)).rejects.toThrow(/another recipe began:\n {2}foundPairs\.count was/);
  expect(readLog(join(folder, 'saved/spps'))).toHaveLength(mined.log.length);
});

test('a progress log follows an encoder, what comes after it, and the run itself', async () => {
  const lines: string[] = [];
  const stream = { isTTY: false, write: (line: string) => lines.push(line) } as unknown as NodeJS.WriteStream;
  const logger = progressLog({ stream });
  await train('followed', { loggers: [logger], findingPairs: { loggers: [logger] } });
  expect(lines.join('')).toMatch(/Training the encoder toy first, into .*toy: 3 epochs.*spps: 3 epochs/s);
  expect(JSON.parse(readFileSync(join(folder, 'followed/toy/status.json'), 'utf8')).state).toBe('finished');
});
