import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadPairs } from '@hcsc/weights';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, finish, hcsc } from './built-command.fixture.js';

const recipe = 'examples/tiny-pairs.fixture.ts';
const simclr = 'examples/tiny-simclr.fixture.ts';
const FILES = ['features.safetensors', 'mining.json', 'pairs.html', 'pairs.jsonl', 'pairs.safetensors'];

let folder: string;
const at = (...path: string[]) => join(folder, ...path);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-mine-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const changed = (path: string) => statSync(path).mtimeMs;

describe('pairs of weights that are there', { timeout: 300_000 }, () => {
  const out = () => at('of a run');
  const mine = (...more: string[]) =>
    hcsc('mine', simclr, '--encoder', at('encoder'), '--out', out(), '--upper', '0.9999', ...more);
  beforeAll(async () => {
    const { code, err } = await hcsc('pretrain', simclr, '--set', 'epochs=1', '--run', at('encoder'), '--no-evaluate');
    expect({ code, err }).toMatchObject({ code: 0 });
  }, 120_000);

  test('are found, kept and shown, with a table of what matters', async () => {
    const { code, out: said, err } = await mine('--lower', '0.995');
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(readdirSync(out()).sort()).toEqual(FILES);
    const { images, similarities, duplicates } = await loadPairs(join(out(), 'pairs.safetensors'));
    expect(images).toBe(512);
    expect(similarities.length).toBeGreaterThan(100);
    expect(similarities.every((cosine) => cosine >= 0.995 && cosine <= 0.9999)).toBe(true);
    const lines = said.trim().split('\n');
    expect(lines.slice(0, 5).map((line) => line.split(/ {2,}/))).toEqual([
      ['Encoder', 'encoder'],
      ['Images compared', '512'],
      ['Thresholds', '0.995 to 0.9999'],
      ['Pairs', similarities.length.toLocaleString('en')],
      ['Duplicates', (duplicates.length / 2).toLocaleString('en')],
    ]);
    expect(lines.at(-2)).toMatch(/^Of one class +\d+\.\d %, at random 10\.\d %$/);
    expect(lines.at(-1)).toBe(`Page: ${join(out(), 'pairs.html')}`);
    expect(err).toContain('embedding …\n');
    expect(err).toContain(`To train on them: hcsc pretrain ${simclr} --pairs '${out()}'\n`);
    const page = readFileSync(join(out(), 'pairs.html'), 'utf8');
    expect(page).toContain('<h1>Pairs of tiny-simclr</h1>');
    expect(page).toContain(`pairs <b>${similarities.length.toLocaleString('en')}</b>`);
    expect(page).toContain('Around the thresholds');
    expect(page.replace(/data:image\S+?"/g, '')).not.toMatch(/NaN|undefined|<script/);
  });

  test('are not found again; other thresholds take the features that are there; overwriting makes all anew', async () => {
    const [features, pairs] = ['features', 'pairs'].map((name) => join(out(), `${name}.safetensors`)) as [
      string,
      string,
    ];
    const [first, second] = [changed(features), changed(pairs)];
    expect(await mine('--lower', '0.995', '--quiet')).toMatchObject({ code: 0, err: '' });
    expect([changed(features), changed(pairs)]).toEqual([first, second]);
    const { code, out: said } = await mine('--target', '50', '--quiet');
    expect(code).toBe(0);
    expect(said).toMatch(/Thresholds +0\.9\d* to 0\.9999, for 50 pairs\nPairs +50\n/);
    expect(changed(features)).toBe(first);
    expect((await mine('--target', '50', '--quiet', '--overwrite')).code).toBe(0);
    expect(changed(features)).toBeGreaterThan(first);
    expect((await loadPairs(pairs)).similarities).toHaveLength(50);
    // what cannot be made anew is not taken away
    const nowhere = await hcsc('mine', simclr, '--encoder', at('nowhere'), '--out', out(), '--overwrite');
    expect(nowhere).toMatchObject({ code: 1, err: expect.stringContaining('No encoder at') });
    expect(readdirSync(out()).sort()).toEqual(FILES);
  });

  test('are trained on, and told of by the report and the list of runs', async () => {
    const run = at('on pairs');
    const { code, err } = await hcsc('pretrain', simclr, '--set', 'epochs=1', '--run', run, '--pairs', out());
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(err).toContain(`50 pairs: ${join(run, 'pairs', 'pairs.html')}\ntiny-simclr: 1 epochs of 8 steps\n`);
    const config = JSON.parse(readFileSync(join(run, 'config.json'), 'utf8'));
    expect(config).toMatchObject({ pairs: { name: 'savedPairs' }, foundPairs: { count: 50 } });
    expect(readFileSync(join(run, 'pairs', 'pairs.html'), 'utf8')).toContain('How alike the images are');
    const report = readFileSync(join(run, 'report.html'), 'utf8');
    expect(report).toContain('<a href="pairs/pairs.html">');
    expect(report).toContain('Semantic positive pairs');
    expect((await hcsc('runs', run)).out).toMatch(/\npairs +50 {2}\d+ duplicates {2}page /);
    // the same command goes on, other pairs are refused
    const again = await hcsc('pretrain', simclr, '--set', 'epochs=1', '--run', run);
    expect(again.err).toMatch(
      /holds a run that another recipe began:\n {2}pairs\.name was "savedPairs" and is not there/,
    );
  });

  test('a share of the images is a share', async () => {
    const part = at('part');
    const { out: said } = await hcsc(
      'mine',
      simclr,
      '--encoder',
      at('encoder'),
      '--out',
      part,
      '--target',
      '9',
      '--share',
      '0.25',
    );
    expect(said).toContain('128 of 512');
    expect(said).toMatch(/Pairs +9\n/);
  });
});

describe('pairs by an encoder that is trained first', { timeout: 300_000 }, () => {
  /** Runs the command in a folder of its own: encoders are trained into its `runs/`. */
  const inside = (place: string, ...args: string[]) => {
    mkdirSync(place, { recursive: true });
    const { file, args: all, options } = command([args[0]!, resolve(recipe), ...args.slice(1)]);
    return spawn(file, all, { ...options, cwd: place });
  };

  test('Ctrl-C keeps what is done and says how to go on, to the pairs that would have been found', async () => {
    const [whole, broken] = [at('whole'), at('broken')];
    expect(await finish(inside(whole, 'mine', '--quiet'))).toMatchObject({ code: 0, err: '' });
    expect(readdirSync(join(whole, 'runs')).sort()).toEqual(['tiny-pairs', 'tiny-simclr']);

    const child = inside(broken, 'mine');
    child.stderr.on('data', (chunk) => {
      if (String(chunk).includes('epoch 1/2')) child.kill('SIGINT');
    });
    const { code, err } = await finish(child);
    expect({ code, err }).toMatchObject({ code: 130 });
    const place = join('runs', 'tiny-pairs', 'pairs');
    expect(err).toContain(`Stopped; what is done is kept in ${place}. To go on: hcsc mine ${resolve(recipe)}\n`);
    expect(existsSync(join(broken, place, 'pairs.safetensors'))).toBe(false);
    const again = await finish(inside(broken, 'mine'));
    expect(again).toMatchObject({ code: 0 });
    expect(again.err).toMatch(/going on from step \d+/);
    expect(again.err).toContain(`To train on them: hcsc pretrain ${resolve(recipe)}\n`);
    const lines = (of: string) => readFileSync(join(of, place, 'pairs.jsonl'), 'utf8');
    expect(lines(broken)).toBe(lines(whole));
    expect(lines(whole).split('\n').length).toBeGreaterThan(300);

    // training takes them as they are
    const made = changed(join(whole, place, 'pairs.safetensors'));
    const trained = await finish(inside(whole, 'pretrain', '--set', 'epochs=1', '--no-evaluate'));
    expect(trained).toMatchObject({ code: 0 });
    expect(trained.err).toContain(`300 pairs: ${join(place, 'pairs.html')}\ntiny-pairs: 1 epochs of 12 steps\n`);
    expect(changed(join(whole, place, 'pairs.safetensors'))).toBe(made);
  });
});

describe('what is wrong is said in one line, and nothing is left', { timeout: 120_000 }, () => {
  test.each([
    [['nowhere.ts'], 'hcsc: No recipe at nowhere.ts\n'],
    [
      [simclr],
      'hcsc: tiny-simclr has no pairs of its own: give --encoder to mine some with, weights, a run or a recipe\n',
    ],
    [[recipe, '--encoder', 'nowhere.pth'], 'hcsc: No encoder at nowhere.pth: give weights, a run, or a recipe\n'],
    [[recipe, '--encoder', 'nowhere.ts'], 'hcsc: No recipe at nowhere.ts\n'],
    [[recipe, '--lower', '1.5'], 'give a cosine from -1 to 1, for example 0.97.'],
    [[recipe, '--lower', ''], 'give a cosine from -1 to 1'],
    [[recipe, '--lower', '0.9999'], 'needed -1 ≤ lower ≤ upper ≤ 1, got lower 0.9999 and upper 0.9995'],
    [[recipe, '--lower', '0.5', '--target', '5'], 'needed lower or target'],
    [[recipe, '--target', '0'], 'give a whole number of at least 1'],
    [[recipe, '--share', '2'], 'give a share above 0, up to 1'],
    [[recipe, '--set', 'epoch=1'], 'hcsc: Cannot set epoch: the recipe has'],
  ])('%j', async (args, message) => {
    const out = at('never');
    const { code, err, out: said } = await hcsc('mine', ...args, '--out', out);
    expect([code, said]).toEqual([1, '']);
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
    expect(existsSync(join(out, 'pairs.html'))).toBe(false);
  });

  test('a folder with files of others is left as it is', async () => {
    const out = at('mine');
    mkdirSync(join(out, 'parts'), { recursive: true });
    writeFileSync(join(out, 'thesis.txt'), 'mine');
    writeFileSync(join(out, 'parts', 'one.txt'), 'mine as well');
    const args = ['mine', recipe, '--encoder', 'examples/tiny-simclr.fixture.ts', '--out', out];
    for (const more of [[], ['--overwrite']]) {
      const { code, err } = await hcsc(...args, ...more);
      expect(code).toBe(1);
      expect(err).toContain(`${out} is no folder of pairs: it holds thesis.txt`);
    }
    expect(readdirSync(out).sort()).toEqual(['parts', 'thesis.txt']);
    expect(readdirSync(join(out, 'parts'))).toEqual(['one.txt']);
  });

  test('pairs of no folder are not trained on', async () => {
    const { code, err } = await hcsc('pretrain', simclr, '--pairs', at('none'), '--run', at('never'));
    expect(code).toBe(1);
    expect(err).toContain(`hcsc: There are no pairs in ${at('none')}: needed pairs.safetensors in it`);
  });
});
