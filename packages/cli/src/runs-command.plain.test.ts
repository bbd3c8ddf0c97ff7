import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { hcsc } from './built-command.fixture.js';
import { runsAge } from './runs-age.js';
import { runsCommand } from './runs-command.js';

let root: string;
let said: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hcsc-runs-'));
  said = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      said += text;
      return true;
    });
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

const config = { name: 'mine', seed: 0, epochs: 4, batchSize: 8, data: { images: 83 }, method: { name: 'toy' } };
const step = (at: number) => ({ type: 'step', step: at, epoch: 0, loss: 9.25, parts: { icsc: 0.00005 } });
const epoch = { type: 'epoch', step: 20, epoch: 1, loss: 5.12345, parts: {}, validation: { knn: 0.75 } };

/** Makes a run whose log was written so many minutes ago. */
function run(name: string, minutes: number, files: Readonly<Record<string, unknown>>, ...log: object[]): string {
  const folder = join(root, name);
  mkdirSync(join(folder, 'checkpoints'), { recursive: true });
  writeFileSync(join(folder, 'log.jsonl'), log.map((record) => `${JSON.stringify(record)}\n`).join(''));
  for (const [file, content] of Object.entries({ 'config.json': config, ...files })) {
    writeFileSync(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content));
  }
  const written = new Date(Date.now() - minutes * 60_000 - 1000);
  for (const file of ['log.jsonl', ...Object.keys(files)]) utimesSync(join(folder, file), written, written);
  return folder;
}

async function told(folder: string): Promise<string> {
  expect(await runsCommand(folder, {})).toBe(0);
  return said.replaceAll(root, 'ROOT');
}

test('a line a run, newest first, with what it has come to', async () => {
  const status = (state: string, step: number) => ({ 'status.json': { state, step, steps: 40 } });
  run('old', 3 * 24 * 60, { ...status('interrupted', 20) }, step(19), epoch);
  run('sweep/seed-1', 125, {
    ...status('finished', 40),
    'summary.json': { knn: { trained: 0.7804 }, linear: { trained: 0.83 } },
  });
  run('new', 3, { 'lock.json': '' }, step(33));
  expect(await told(root)).toBe(`run   state        epochs  last figures               last written  folder
mine  killed       3.4/4   loss 9.25                  3 min ago     ROOT/new
mine  finished     4/4     kNN 78.0 %  linear 83.0 %  2 h ago       ROOT/sweep/seed-1
mine  interrupted  2/4     loss 5.123  knn 0.75       3 days ago    ROOT/old
`);
});

test('what is damaged is a question mark, and what a file says stays on its line', async () => {
  run('torn', 1, { 'config.json': '{"na', 'summary.json': '{' });
  run('odd', 2, { 'config.json': { ...config, name: 'a\u001b[2J\nb', epochs: '?' }, 'summary.json': { knn: 1 } });
  const lines = (await told(root)).trimEnd().split('\n');
  expect(lines[1]!.split(/ {2,}/)).toEqual(['torn', '?', '?', '?', '1 min ago', 'ROOT/torn']);
  expect(lines[2]!.split(/ {2,}/)).toEqual(['a [2J b', '?', '0/?', '?', '2 min ago', 'ROOT/odd']);
  expect(lines).toHaveLength(3);
});

test('all of one run', async () => {
  const warning = { type: 'warning', of: 'step', step: 12, epoch: 1, figure: 'rank', value: 1, message: 'low rank' };
  const folder = run(
    'bad',
    3,
    {
      'status.json': { state: 'failed', step: 21, steps: 40, message: 'The disk is full' },
      'checkpoints/step-00000020.safetensors': 'x'.repeat(3000),
      'checkpoints/step-00000010.safetensors': 'x',
    },
    ...[warning, epoch, step(20)],
  );
  const text = (await told(folder)).replace(/\(\d{4}-.*Z\)/, '(TIME)');
  expect(text).toBe(`run           mine, in ROOT/bad
state         failed
message       The disk is full
epochs        2.1/4, 21 steps
last written  3 min ago (TIME)
figures       loss 5.123  knn 0.75
last step     20: loss 9.25  parts.icsc 5.00e-5
last epoch    2: loss 5.123  validation.knn 0.75
last warning  step 12: low rank
checkpoints
  step-00000020.safetensors  step 20  epoch 2/4  2.93 KiB  3 min ago  latest
  step-00000010.safetensors  step 10  epoch 1/4  1 B       3 min ago
`);
});

test('pairs are told, with what they were mined by if they are the run’s own', async () => {
  const paired = { ...config, foundPairs: { count: 1234, duplicates: 5, digest: 'd' } };
  const folder = run('paired', 1, { 'config.json': paired }, step(3));
  expect(await told(folder)).toMatch(/\nepochs +0\/4, 4 steps\n/);
  expect(said).toMatch(/\npairs +1,234 {2}5 duplicates\n/);
  mkdirSync(join(folder, 'pairs'));
  const mining = { encoder: { name: 'moco, trained' }, statistics: { pairs: 1234, duplicates: 5, purity: 0.912 } };
  writeFileSync(join(folder, 'pairs', 'mining.json'), JSON.stringify(mining));
  writeFileSync(join(folder, 'pairs', 'pairs.html'), '');
  said = '';
  expect(await told(folder)).toMatch(
    /\npairs +1,234 by moco, trained {2}5 duplicates {2}91\.2 % of one class {2}page ROOT\/paired\/pairs\/pairs\.html\n/,
  );
  said = '';
  await runsCommand(folder, { json: true });
  expect(JSON.parse(said).pairs).toMatchObject({ count: 1234, duplicates: 5, encoder: 'moco, trained', purity: 0.912 });
  // what was mined into the folder since is not what the run has
  writeFileSync(
    join(folder, 'pairs', 'mining.json'),
    JSON.stringify({ ...mining, statistics: { pairs: 7, duplicates: 5 } }),
  );
  said = '';
  expect(await told(folder)).toMatch(/\npairs +1,234 {2}5 duplicates {2}page/);
});

test('of nearest neighbours the figures are told', async () => {
  const shared = [{ features: ['global', 'columns'], shared: 2.5, jaccard: 0.4 }];
  const purity = { shares: { global: 0.75, columns: 0.8 }, chance: 0.1 };
  const figures = { k: 5, features: ['global', 'columns'], purity, shared };
  const folder = run('looked', 1, { 'neighbours.json': { ...figures, rows: [{ image: 3 }] } }, step(3));
  expect(await told(folder)).toMatch(
    /\nneighbours +of the query's class: global 75\.0 %, columns 80\.0 % {2}global and columns share 2\.5 of 5\n/,
  );
  said = '';
  await runsCommand(folder, { json: true });
  expect(JSON.parse(said).neighbours).toEqual(figures);
});

test('as JSON, of a folder and of a run', async () => {
  const folder = run('one', 1, { 'summary.json': { knn: { trained: 0.5 } } }, step(3));
  const expected = { folder, name: 'mine', state: null, step: 4, figures: { knn: 0.5, linear: null, loss: 9.25 } };
  await runsCommand(root, { json: true });
  expect(JSON.parse(said)).toMatchObject([expected]);
  said = '';
  await runsCommand(folder, { json: true });
  expect(JSON.parse(said)).toMatchObject(expected);
});

test('as a command', async () => {
  run('one', 1, {}, step(3));
  const { code, out } = await hcsc('runs', root);
  expect({ code, lines: out.split('\n').length }).toEqual({ code: 0, lines: 3 });
  expect(await hcsc('runs', join(root, 'nowhere'))).toMatchObject({
    code: 1,
    err: `hcsc: There is no folder ${join(root, 'nowhere')}: name one that has runs, or a run\n`,
  });
});

test('where there is none', async () => {
  await expect(runsCommand(join(root, 'nowhere'), {})).rejects.toThrow(/There is no folder .*nowhere/);
  const file = join(run('one', 1, {}), 'config.json');
  await expect(runsCommand(file, {})).rejects.toThrow(`There is no folder ${file}`);
  rmSync(join(root, 'one'), { recursive: true });
  expect(await told(root)).toBe('There are no runs in ROOT\n');
  said = '';
  await runsCommand(root, { json: true });
  expect(said).toBe('[]\n');
});

test.each([
  [0, 'just now'],
  [-90, 'just now'],
  [59, '59 s ago'],
  [119, '1 min ago'],
  [7200, '2 h ago'],
  [90_000, '1 day ago'],
  [864_000, '10 days ago'],
])('%i seconds are %s', (seconds, text) => {
  expect(runsAge(new Date(0), new Date(seconds * 1000))).toBe(text);
});
