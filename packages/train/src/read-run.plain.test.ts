import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSafetensors } from '@hcsc/weights';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findRuns } from './find-runs.js';
import { readRun } from './read-run.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hcsc-read-run-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const config = { name: 'mine', seed: 0, epochs: 4, batchSize: 8, data: { images: 83 }, method: { name: 'toy' } };
const step = (at: number) => ({ type: 'step', step: at, epoch: Math.floor(at / 10), loss: 9 - at / 10, parts: {} });
const epoch = (at: number) => ({ type: 'epoch', step: 10 * (at + 1), epoch: at, loss: 5 - at, parts: {}, before: {} });
const lines = (...records: object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** Makes a folder of these files; a value that is no text becomes JSON. */
function folderOf(name: string, files: Readonly<Record<string, unknown>>): string {
  const folder = join(root, name);
  mkdirSync(join(folder, 'checkpoints'), { recursive: true });
  for (const [file, content] of Object.entries(files)) {
    writeFileSync(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

test('how far a run is, its last records and its checkpoints', async () => {
  const warning = { type: 'warning', of: 'step', step: 12, epoch: 1, figure: 'rank', value: 1, message: 'collapses' };
  const folder = folderOf('mine', {
    'config.json': config,
    'log.jsonl': lines(step(9), epoch(0), step(10), step(11), step(12), warning),
    'status.json': { state: 'failed', step: 13, steps: 40, message: 'no disk' },
    'checkpoints/step-00000010.safetensors': 'ten bytes!',
    'checkpoints/step-00000005.safetensors': '',
    'checkpoints/step-00000003.safetensors.damaged': '',
  });
  const best = { figure: 'loss', value: 5, step: 10 };
  await writeSafetensors(
    join(folder, 'checkpoints/best.safetensors'),
    {},
    { metadata: { position: JSON.stringify({ best }) } },
  );
  const written = new Date(1_700_000_000_000);
  utimesSync(join(folder, 'log.jsonl'), written, written);

  const run = await readRun(folder);
  expect(run).toMatchObject({
    ...{ folder, name: 'mine', state: 'failed', message: 'no disk', step: 13, stepsPerEpoch: 10, epochs: 4 },
    ...{ last: { step: step(12), epoch: epoch(0), warning }, written, best },
  });
  expect(run.checkpoints.map(({ step, bytes }) => [step, bytes])).toEqual([
    [10, 10],
    [5, 0],
  ]);
});

test.each([
  [{}, 10],
  [{ foundPairs: { count: 21, duplicates: 4 } }, 13],
  [{ foundPairs: { count: 21, duplicates: 4 }, stepsPerEpoch: 7 }, 7],
])('an epoch of a run with %j has %d steps', async (more, steps) => {
  const folder = folderOf('paired', { 'config.json': { ...config, ...more } });
  expect(await readRun(folder)).toMatchObject({ stepsPerEpoch: steps, epochs: 4 });
});

test.each([
  ['finished', { 'status.json': { state: 'finished', step: 40, steps: 40 } }],
  ['interrupted', { 'status.json': { state: 'interrupted', step: 7, steps: 40 } }],
  ['running', { 'lock.json': { pid: process.ppid, host: hostname(), since: '' } }],
  ['killed', { 'lock.json': { pid: 2 ** 22 + 1, host: hostname(), since: '' } }],
  [null, {}],
  [null, { 'status.json': { state: 'asleep' } }],
])('a run that is %s', async (state, files) => {
  const run = await readRun(folderOf('one', { 'config.json': config, 'log.jsonl': lines(step(6)), ...files }));
  expect(run).toMatchObject({ state, step: 7, message: null });
});

test('a run that has done no step yet', async () => {
  expect(await readRun(folderOf('new', { 'config.json': config, 'log.jsonl': '' }))).toMatchObject({
    step: 0,
    epochs: 4,
  });
});

test('what is damaged or not there is null', async () => {
  const torn = folderOf('torn', {
    ...{ 'config.json': '{"name": "mi', 'status.json': '', 'lock.json': '', 'checkpoints/best.safetensors': 'x' },
    'log.jsonl': `${lines(step(3), step(4))}\u0000\u0000\n[]\nnull\n{"type":"step"}\n{"type":"step","st`,
  });
  expect(await readRun(torn)).toMatchObject({
    ...{ name: 'torn', state: 'killed', step: 5, stepsPerEpoch: null, epochs: null, best: null },
    last: { step: step(4), epoch: null, warning: null },
  });
  const bare = folderOf('bare', { 'config.json': { ...config, epochs: 'many', batchSize: -1, data: 3 } });
  mkdirSync(join(bare, 'log.jsonl'));
  expect(await readRun(bare)).toEqual({
    ...{ folder: bare, name: 'mine', state: null, message: null, step: null, stepsPerEpoch: null, epochs: null },
    ...{ last: { step: null, epoch: null, warning: null }, written: null, checkpoints: [], best: null },
  });
});

test('of a long log only the end is read', async () => {
  const folder = folderOf('long', { 'config.json': config, 'log.jsonl': '' });
  const long = lines(...Array.from({ length: 100 }, (_, i) => ({ ...step(i), parts: { filler: 'x'.repeat(2000) } })));
  writeFileSync(join(folder, 'log.jsonl'), lines(epoch(0)) + long);
  const { last, step: done } = await readRun(folder);
  expect([last.step!.step, last.epoch, done]).toEqual([99, null, 100]);
});

test('runs are found two folders deep, and not within runs or what only looks like one', async () => {
  folderOf('a', { 'config.json': config });
  folderOf('a/inner', { 'config.json': config });
  folderOf('sweep/seed-1', { 'config.json': config });
  folderOf('sweep/deeper/seed-2', { 'config.json': config });
  folderOf('model', { 'config.json': { seed: 1 } });
  folderOf('broken', { 'config.json': '', 'log.jsonl': '' });
  folderOf('other', { 'config.json': '' });
  mkdirSync(join(root, 'linked'));
  symlinkSync(join(root, 'sweep/deeper/seed-2'), join(root, 'linked/z'));
  symlinkSync(join(root, 'nowhere'), join(root, 'linked/y'));
  const found = async (options?: { depth: number }) =>
    (await findRuns(root, options)).map((path) => path.slice(root.length + 1));
  expect(await found()).toEqual(['a', 'broken', 'linked/z', 'sweep/seed-1']);
  expect(await found({ depth: 1 })).toEqual(['a', 'broken']);
  await expect(findRuns(root, { depth: 0 })).rejects.toThrow(RangeError);
  await expect(findRuns(join(root, 'nowhere'))).rejects.toThrow(/ENOENT/);
  await expect(readRun(join(root, 'model'))).rejects.toThrow(/model is no run folder: needed config.json/);
});
