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
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { finish, hcsc, start } from './built-command.fixture.js';

const file = 'examples/tiny-ablation.fixture.ts';
const cells = ['rate=0.06,seed=0', 'rate=1e+30,seed=0', 'rate=0.06,seed=1', 'rate=1e+30,seed=1'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-ablate-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

describe('a grid in which half of the runs cannot go well', { timeout: 600_000 }, () => {
  const at = (...path: string[]) => join(folder, ...path);

  test('is run to its end; failed runs are told, and change the exit code', async () => {
    const { code, out, err } = await hcsc('ablate', file, '--runs', at('whole'));
    expect({ code, err }).toMatchObject({ code: 1 });
    expect(err).toContain('tiny-ablation: 4 of 4 cells to run\nCell 1 of 4: rate=0.06,seed=0\n');
    expect(err).toMatch(/Cell 3 of 4: rate=0.06,seed=1, about \d+ s left\n {2}kNN top-1 \d+\.\d\d % {2}in .*\n/);
    expect(err).toMatch(/rate=1e\+30,seed=1 failed: .*step \d+/);
    expect(readdirSync(at('whole')).sort()).toEqual(
      [...cells, 'ablation.html', 'ablation.json', 'ablation.md', 'ablation.svg'].sort(),
    );

    // the table is that of the summaries
    const [first, second] = ['0', '1'].map((seed) => {
      const { figures } = json(at('whole', `rate=0.06,seed=${seed}`, 'summary.json'));
      return figures['kNN top-1'].value as number;
    }) as [number, number];
    const { metrics, runs, notes, seeds, factors } = json(at('whole', 'ablation.json'));
    expect({ seeds, factors }).toEqual({ seeds: [0, 1], factors: ['rate'] });
    const mean = (first + second) / 2;
    const sd = Math.abs(first - second) / Math.SQRT2;
    expect(metrics[0].rows[0]).toMatchObject({ levels: ['0.06'], values: [first, second], baseline: 0 });
    expect(metrics[0].rows[0].mean).toBeCloseTo(mean, 12);
    expect(metrics[0].rows[0].standardDeviation).toBeCloseTo(sd, 12);
    expect(metrics[0].rows[1]).toMatchObject({ levels: ['1e+30'], values: [null, null], mean: null, comparison: null });
    expect(runs.map(({ folder: name, state }: Record<string, string>) => [name, state])).toEqual(
      cells.map((name, i) => [name, i % 2 === 0 ? 'finished' : 'failed']),
    );
    expect(notes[0]).toBe('Partial: 2 of 4 runs are not in.');
    expect(notes[1]).toMatch(/^rate=1e\+30,seed=0 failed: /);

    const markdown = readFileSync(at('whole', 'ablation.md'), 'utf8');
    expect(out).toBe(`${markdown}\nReport: ${at('whole', 'ablation.html')}\n`);
    expect(markdown).toContain(`${(100 * mean).toFixed(2)} ± ${(100 * sd).toFixed(2)} %`);
    expect(markdown).toContain('| 0 of 2 |');
    expect(readFileSync(at('whole', 'ablation.html'), 'utf8')).toContain(`${(100 * first).toFixed(2)} %`);
    expect(readFileSync(at('whole', 'ablation.svg'), 'utf8')).toMatch(/^<svg /);
  });

  test('what is done is not done again, what failed is tried again', async () => {
    const changed = statSync(at('whole', cells[0]!, 'log.jsonl')).mtimeMs;
    const { code, err } = await hcsc('ablate', file, '--runs', at('whole'));
    expect(code).toBe(1);
    expect(err).toContain('tiny-ablation: 2 of 4 cells to run, 2 done before\nCell 1 of 2: rate=1e+30,seed=0\n');
    expect(statSync(at('whole', cells[0]!, 'log.jsonl')).mtimeMs).toBe(changed);
  });

  test('Ctrl-C leaves cells that are done whole, and the one at work goes on to the same figures', async () => {
    const only = ['--only', 'rate=0.06', '--seeds', '0,1'];
    const child = start(['ablate', file, '--runs', at('broken'), ...only]);
    child.stderr!.on('data', (chunk) => {
      if (String(chunk).includes('Cell 2 of 2')) child.kill('SIGINT');
    });
    const { code, out, err } = await finish(child);
    expect({ code, err }).toMatchObject({ code: 130 });
    expect(err).toContain(
      `Stopped with 1 to run. To go on: hcsc ablate ${file} --only rate=0.06 --runs ${at('broken')} --seeds 0,1\n`,
    );
    expect(out).toContain('- Partial: 3 of 4 runs are not in.');
    expect(out).toContain('| 1 of 2 |');
    const list = await hcsc('ablate', file, '--runs', at('broken'), '--dry-run');
    expect(list.code).toBe(0);
    expect(list.out).toMatch(
      /^rate=0.06,seed=0 {3}finished\nrate=1e\+30,seed=0 {2}not begun\nrate=0.06,seed=1 {3}[\d.]+ of 3 ep/,
    );
    expect(list.out).toContain(`tiny-ablation: 4 cells, 1 finished, 3 to run, in ${at('broken')}`);

    const again = await hcsc('ablate', file, '--runs', at('broken'), ...only, '--quiet');
    expect(again).toMatchObject({ code: 0, err: '' });
    const rows = (name: string) => json(at(name, 'ablation.json')).metrics[0].rows;
    expect(rows('broken')).toEqual(rows('whole'));
  });

  test('a recipe that has changed is refused before anything runs; overwriting runs the chosen cells anew', async () => {
    const kept = readFileSync(at('whole', cells[2]!, 'summary.json'), 'utf8');
    const changed = ['ablate', file, '--runs', at('whole'), '--set', 'epochs=1'];
    const { code, err } = await hcsc(...changed);
    expect(code).toBe(1);
    expect(err).toMatch(
      /whole holds runs of tiny-ablation that other recipes began:\n {2}rate=0\.06,seed=0: epochs was 3 and is 1; .*\n.*\n.*\n.*\nGive another --runs, or --overwrite to delete the runs of the chosen cells/,
    );
    expect(existsSync(at('whole', cells[0]!, 'summary.json'))).toBe(true);

    const anew = await hcsc(...changed, '--seeds', '0', '--only', 'rate=0.06', '--overwrite');
    expect({ code: anew.code, err: anew.err }).toMatchObject({ code: 0 });
    expect(json(at('whole', cells[0]!, 'summary.json')).epochs).toBe(1);
    expect(anew.out).toContain('rate=1e+30,seed=0 is left out, another recipe ran: epochs was 3 and is 1');
    expect(readFileSync(at('whole', cells[2]!, 'summary.json'), 'utf8')).toBe(kept);
  });

  test('a cell that another process is at work on is left to it', async () => {
    const run = at('shared', cells[0]!);
    mkdirSync(run, { recursive: true });
    writeFileSync(join(run, 'config.json'), JSON.stringify({ seed: 0, method: {} }));
    const lock = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
    writeFileSync(join(run, 'lock.json'), JSON.stringify(lock));
    const only = ['--only', 'rate=0.06', '--set', 'epochs=1'];
    const { code, out, err } = await hcsc('ablate', file, '--runs', at('shared'), ...only, '--overwrite');
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(err).toContain('tiny-ablation: 1 of 2 cells to run, 1 at work elsewhere\nCell 1 of 1: rate=0.06,seed=1\n');
    expect(out).toContain('- rate=0.06,seed=0 is being trained by another process.');
    expect(readdirSync(run).sort()).toEqual(['config.json', 'lock.json']);
  });

  test('its runs are runs: they are listed, and evaluated as the recipe of the cell says', async () => {
    const value = json(at('broken', cells[0]!, 'summary.json')).figures['kNN top-1'].value as number;
    const list = await hcsc('runs', folder);
    expect(list.out).toContain(`kNN top-1 ${value}`);
    const { out } = await hcsc('eval', 'knn', at('broken', cells[0]!));
    expect(out).toContain(`knn: top-1 ${(100 * value).toFixed(1)} %`);
  });
});

describe('what is wrong is said in one line, and nothing is left', { timeout: 120_000 }, () => {
  test.each([
    [['nowhere.ts'], 'hcsc: No ablation at nowhere.ts'],
    [['examples/tiny.fixture.ts'], 'examples/tiny.fixture.ts is no ablation: it must `export default defineAblation('],
    [[file, '--only', 'rate'], 'give factor=value, for example sampler=all'],
    [[file, '--only', 'rat=0.06'], 'hcsc: Cannot choose rat: tiny-ablation has the factors rate'],
    [[file, '--only', 'constructor=1'], 'hcsc: Cannot choose constructor: tiny-ablation has the factors rate'],
    [[file, '--set', '__proto__=1'], 'hcsc: Cannot set __proto__: the recipe has accumulate, batchSize'],
    [[file, '--only', 'rate=0.06,0.6'], 'hcsc: Cannot choose rate 0.6: tiny-ablation has 0.06, 1e+30'],
    [[file, '--seeds', '1,1'], 'hcsc: The ablation tiny-ablation has the seeds 1, 1: give each once'],
    [[file, '--set', 'rate=1'], 'hcsc: Cannot set rate for all cells: it is a factor of tiny-ablation'],
    [[file, '--set', 'seed=1'], 'hcsc: Cannot set seed for all cells of tiny-ablation: each has its own'],
    [[file, '--set', 'epoch=1'], 'hcsc: Cannot set epoch: the recipe has accumulate, batchSize'],
  ])('%j', async (args, message) => {
    const runs = join(folder, 'never');
    const { code, err } = await hcsc('ablate', ...args, '--runs', runs);
    expect(code).not.toBe(0);
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
    expect(existsSync(runs)).toBe(false);
  });

  test('a run folder is no place for runs', async () => {
    const run = join(folder, 'run');
    mkdirSync(run);
    writeFileSync(join(run, 'config.json'), JSON.stringify({ seed: 0, method: {} }));
    const { err } = await hcsc('ablate', file, '--runs', run);
    expect(err).toContain(`${run} is a run, and would hold those of tiny-ablation: give another folder as --runs`);
  });
});
