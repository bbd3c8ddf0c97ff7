import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '@hcsc/weights';
import { expect, test } from 'vitest';
import type { Logger } from './logger.js';
import { sgd } from './sgd.js';
import { listener, readLog, toyRecipe as recipe, stopAfter } from './toy-recipe.fixture.js';
import { checkpoints, folder, train } from './toy-run.fixture.js';

const checkpoint = (step: number) => join(folder, 'checkpoints', `step-${String(step).padStart(8, '0')}.safetensors`);

test('the newest checkpoints stay, and the best and the latest have a name of their own', async () => {
  const best = { figure: 'clusterings', order: 'lowest' } as const;
  await train({}, { ...recipe, checkpoints: { keep: 2, best } });
  expect(checkpoints()).toEqual([
    'best.safetensors',
    'latest.safetensors',
    'step-00000010.safetensors',
    'step-00000015.safetensors',
  ]);
  const stepOf = async (name: string) => {
    const { metadata } = await readSafetensors(join(folder, 'checkpoints', name));
    return JSON.parse(metadata.position!).step;
  };
  expect(await stepOf('latest.safetensors')).toBe(15);
  expect(await stepOf('best.safetensors')).toBe(5);
});

test('checkpoints by epochs, and by minutes within them', async () => {
  const steps = () => checkpoints().flatMap((name) => /^step-0+(\d+)/.exec(name)?.[1] ?? []);
  await train({}, { ...recipe, checkpoints: { everyEpochs: 2, keep: 100 } });
  expect(steps()).toEqual(['10', '15']);
  await train({ existing: 'replace' }, { ...recipe, checkpoints: { everyMinutes: 0, keep: 100 } });
  expect(steps()).toHaveLength(15);
  for (const checkpoints of [{ everyEpochs: 0 }, { keep: 1.5 }, { everyMinutes: -1 }]) {
    await expect(train({}, { ...recipe, checkpoints })).rejects.toThrow(/Cannot write checkpoints/);
  }
});

test('a run goes on by itself, and one that is done is left as it is', async () => {
  const whole = await train();
  const { logger, signal } = stopAfter(7);
  expect(await train({ existing: 'replace', loggers: [logger], signal })).toMatchObject({
    steps: 7,
    interrupted: true,
  });
  expect(JSON.parse(readFileSync(join(folder, 'status.json'), 'utf8'))).toEqual({
    state: 'interrupted',
    step: 7,
    steps: 15,
  });
  expect(await train()).toEqual(whole);
  const before = statSync(checkpoint(15)).mtimeMs;
  expect(await train()).toEqual(whole);
  expect(statSync(checkpoint(15)).mtimeMs).toBe(before);
  expect(JSON.parse(readFileSync(join(folder, 'status.json'), 'utf8'))).toEqual({
    state: 'finished',
    step: 15,
    steps: 15,
  });
});

test('another recipe is shown difference by difference, and goes on only if forced', async () => {
  const { logger, signal } = stopAfter(7);
  await train({ loggers: [logger], signal });
  const other = { ...recipe, seed: 4, optimizer: sgd({ learningRate: 0.004 }) };
  await expect(train({}, other)).rejects.toThrow(
    /another recipe began:\n {2}seed was 3 and is 4\n {2}optimizer.learningRate was 0.005 and is 0.004\nGive another folder/,
  );
  const { notices, logger: heard } = listener();
  expect(await train({ force: true, loggers: [heard] }, other)).toMatchObject({ steps: 15 });
  expect(notices).toEqual([expect.stringContaining('optimizer.learningRate was 0.005 and is 0.004')]);
  // what it goes on with is what it is from then on, also where nothing is left to do
  expect(await train({}, other)).toMatchObject({ steps: 15 });
  expect(await train({ force: true }, recipe)).toMatchObject({ steps: 15 });
  expect(await train({}, recipe)).toMatchObject({ steps: 15 });
  await expect(train({ force: true }, { ...recipe, batchSize: 2 })).rejects.toThrow(/an epoch had 5 steps and has 11/);
});

const damages: [string, (path: string) => void][] = [
  ['torn', (path) => truncateSync(path, statSync(path).size - 7)],
  ['empty', (path) => truncateSync(path, 0)],
  [
    'altered',
    (path) => {
      const bytes = readFileSync(path);
      bytes[bytes.length - 20]! ^= 4;
      // a file of its own, since `latest` is the same one
      rmSync(path);
      writeFileSync(path, bytes);
    },
  ],
];

test.each(damages)('a checkpoint that is %s gives way to the one before it', async (_, damage) => {
  const whole = await train();
  damage(checkpoint(15));
  await expect(train({}, { ...recipe, seed: 4 })).rejects.toThrow(/seed was 3 and is 4/);
  expect(checkpoints()).toContain('step-00000015.safetensors');
  const { notices, logger } = listener();
  expect(await train({ loggers: [logger] })).toEqual(whole);
  expect(notices).toHaveLength(2);
  expect(notices[0]).toContain('step-00000015.safetensors');
  expect(notices[1]).toContain(checkpoint(10));
  expect(checkpoints()).toContain('step-00000015.safetensors.damaged');
  const again = listener();
  await train({ loggers: [again.logger] });
  expect(again.notices).toEqual([]);
});

test('without a checkpoint that is whole, a run is refused and stays as it is', async () => {
  await train();
  for (const step of [5, 10, 15]) truncateSync(checkpoint(step), 100);
  const before = { files: checkpoints(), log: readLog(folder) };
  for (const _ of [1, 2]) await expect(train()).rejects.toThrow(/No checkpoint in .* is whole: .*Replace the run/);
  expect({ files: checkpoints(), log: readLog(folder) }).toEqual(before);
  expect(await train({ existing: 'replace' })).toMatchObject({ steps: 15 });
});

test.each([
  ['latest', 15],
  ['best', 5],
])('where only the %s checkpoint is left, the run goes on from it', async (name, step) => {
  const rule = { ...recipe, checkpoints: { best: { figure: 'clusterings', order: 'lowest' } } } as const;
  const whole = await train({}, rule);
  for (const file of checkpoints()) if (file !== `${name}.safetensors`) rmSync(join(folder, 'checkpoints', file));
  const { notices, logger } = listener();
  expect(await train({ loggers: [logger] }, rule)).toEqual(whole);
  const path = join(folder, 'checkpoints', `${name}.safetensors`);
  expect(notices).toEqual([`Going on from the only checkpoint, of step ${step}: ${path}`]);
});

test('where the checkpoints by number are damaged, a whole best one serves', async () => {
  const rule = { ...recipe, checkpoints: { keep: 1, best: { figure: 'clusterings', order: 'lowest' } } } as const;
  const whole = await train({}, rule);
  truncateSync(checkpoint(15), 100);
  expect(await train({}, rule)).toEqual(whole);
});

test('a run without any checkpoint left keeps what it has made', async () => {
  await train();
  rmSync(join(folder, 'checkpoints'), { recursive: true });
  const log = readLog(folder);
  await expect(train()).rejects.toThrow(`Cannot go on with ${folder}: it holds an encoder, but no checkpoint any more`);
  await expect(train({ existing: 'refuse' })).rejects.toThrow(`${folder} holds a run: resume it`);
  expect(readLog(folder)).toEqual(log);
  expect(existsSync(join(folder, 'encoder', 'model.json'))).toBe(true);
  expect(await train({ existing: 'replace' })).toMatchObject({ steps: 15 });
});

test('a run that is further than the recipe goes is refused, forced or not', async () => {
  await train();
  const config = readFileSync(join(folder, 'config.json'), 'utf8');
  await expect(train({ force: true }, { ...recipe, epochs: 2 })).rejects.toThrow(
    /it has done 15 steps, and the recipe ends after 10, which cannot be forced/,
  );
  expect(readFileSync(join(folder, 'config.json'), 'utf8')).toBe(config);
});

test('lines that are missing in the log are told of', async () => {
  const { logger, signal } = stopAfter(7);
  await train({ loggers: [logger], signal });
  const path = join(folder, 'log.jsonl');
  const lines = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, lines.filter((_, i) => i !== 1 && i !== 2).join('\n'));
  const { notices, logger: heard } = listener();
  await train({ loggers: [heard] });
  expect(notices).toEqual([expect.stringContaining(`${path} has the lines of 5 of 7 steps`)]);
});

test('a checkpoint of another version is refused, not passed over', async () => {
  await train();
  const { tensors, metadata } = await readSafetensors(checkpoint(15));
  const { sha256: _, ...rest } = metadata;
  await writeSafetensors(checkpoint(15), tensors, { metadata: { ...rest, checkpoint: '3' }, checksum: true });
  await expect(train()).rejects.toThrow(
    /it is a checkpoint of version 3, and this @hcsc\/train reads version 2. Update/,
  );
  await writeSafetensors(checkpoint(15), tensors, { metadata: { ...rest, checkpoint: '1' }, checksum: true });
  await expect(train()).rejects.toThrow(/of version 1, .* Go on with the @hcsc\/train that wrote it/);
});

test('what a killed process was writing is taken away', async () => {
  await train();
  const left = join(folder, 'checkpoints', 'step-00000020.safetensors.1234.tmp');
  copyFileSync(checkpoint(15), left);
  await train();
  expect(existsSync(left)).toBe(false);
});

test('a folder of other files, or of a run at work, is left alone', async () => {
  writeFileSync(join(folder, 'config.json'), '{"compilerOptions": {}}');
  await expect(train()).rejects.toThrow(/is no run folder: it holds config.json/);
  expect(readdirSync(folder)).toEqual(['config.json']);
  rmSync(join(folder, 'config.json'));
  let second: Promise<unknown> = Promise.resolve();
  const inside: Logger = {
    start() {
      second = train();
      second.catch(() => undefined);
    },
    log() {},
    async close() {},
  };
  const first = train({ loggers: [inside] });
  await first;
  await expect(second).rejects.toThrow(/is in use by process \d+ on .*: stop that one/);
});
