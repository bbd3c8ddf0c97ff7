import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { finish, hcsc, start } from './built-command.fixture.js';

const recipe = 'examples/tiny.fixture.ts';
const short = [recipe, '--set', 'epochs=3'] as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('pretrain and eval', { timeout: 300_000 }, () => {
  test('a run folder with report and summary, and the same figures again from eval', async () => {
    const run = join(folder, 'whole');
    const { code, out, err } = await hcsc('pretrain', recipe, '--run', run, '--set', 'epochs=2');
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(readdirSync(run).sort()).toEqual([
      'checkpoints',
      'config.json',
      'encoder',
      'hierarchy.safetensors',
      'log.jsonl',
      'neighbours.json',
      'report.html',
      'status.json',
      'summary.json',
    ]);
    const summary = JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({ backend: 'wasm', seed: 0, epochs: 2, report: join(run, 'report.html') });
    for (const column of [summary.knn, summary.linear]) {
      expect(Object.keys(column)).toEqual(['trained', 'untrained', 'pixels']);
      // ten classes, a hundred test images: three standard deviations above chance, whatever so short a run has learnt
      for (const share of Object.values(column)) expect(share).toBeGreaterThan(0.19);
    }
    expect(out).toContain(`tiny, trained`);
    expect(out).toContain(`${(100 * summary.knn.trained).toFixed(1)} %`);
    expect(out.trim().split('\n').at(-1)).toBe(`Report: ${join(run, 'report.html')}`);
    expect(err).toMatch(/epoch 2\/2 {2}loss .* images\/s/);
    const report = readFileSync(join(run, 'report.html'), 'utf8');
    expect(report).toContain('<svg');
    // ten images, each with the five that are nearest under the encoder: it names no other features
    const near = /Nearest neighbours<\/h2>[\s\S]*?<\/section>/.exec(report)![0];
    expect(near).toContain('the 5 nearest of the 512 images of');
    expect(near.match(/alt="Query: /g)).toHaveLength(10);
    expect(near.match(/alt="encoder: /g)).toHaveLength(50);

    // the report's views are those that the command shows
    const sheet = join(folder, 'views.png');
    expect((await hcsc('views', recipe, '--images', '6', '--out', sheet)).code).toBe(0);
    const [, section] = report.split('What the network sees');
    const pictures = [...section!.matchAll(/src="data:image\/png;base64,([^"]*)"/g)].slice(0, 6 * 3);
    const { data, width } = decode(readFileSync(sheet));
    pictures.forEach(([, png], i) => {
      const [left, top] = [[8, 144, 264][i % 3]!, 8 + 120 * Math.floor(i / 3)];
      const shown = Array.from({ length: 28 * 28 }, (_, j) => {
        return data[(top + 4 * Math.floor(j / 28)) * width + left + 4 * (j % 28)];
      });
      expect([...decode(Buffer.from(png!, 'base64')).data]).toEqual(shown);
    });
    expect(pictures).toHaveLength(18);

    const knn = await hcsc('eval', 'knn', run);
    expect(knn.out).toContain(`knn: top-1 ${(100 * summary.knn.trained).toFixed(1)} %`);
    const linear = await hcsc('eval', 'linear', run);
    expect(linear.out).toContain(`linear: top-1 ${(100 * summary.linear.trained).toFixed(1)} %`);

    // a run that no command has begun, such as that of an encoder which pairs were mined with
    const nameless = join(folder, 'nameless');
    cpSync(run, nameless, { recursive: true });
    const { recipeFile: _, ...config } = JSON.parse(readFileSync(join(run, 'config.json'), 'utf8'));
    writeFileSync(join(nameless, 'config.json'), JSON.stringify(config));
    expect(await hcsc('eval', 'knn', nameless)).toMatchObject({
      code: 1,
      err: expect.stringContaining('its config.json names no recipe file, give --recipe'),
    });
    expect((await hcsc('eval', 'knn', nameless, '--recipe', recipe)).out).toBe(knn.out);

    // a run that is done is evaluated again, and nothing else
    const again = await hcsc('pretrain', recipe, '--run', run, '--set', 'epochs=2');
    expect(again).toMatchObject({ code: 0, out });
    expect((await hcsc('pretrain', recipe, '--run', run, '--set', 'epochs=2', '--no-evaluate')).code).toBe(0);
    expect(readdirSync(run)).toEqual(expect.arrayContaining(['summary.json', 'report.html', 'eval-knn.json']));
    const log = readFileSync(join(run, 'log.jsonl'), 'utf8');
    const other = await hcsc('pretrain', recipe, '--run', run, '--set', 'seed=7');
    expect(other.code).toBe(1);
    expect(other.err).toMatch(
      /holds a run that another recipe began:\n {2}seed was 0 and is 7\n {2}epochs was 2 and is 12\n {2}method.warmupEpochs was 1 and is 4\nGive another --run, --overwrite .* or --force/,
    );
    expect(readFileSync(join(run, 'log.jsonl'), 'utf8')).toBe(log);
    expect(existsSync(join(run, 'summary.json'))).toBe(true);
  });

  test.each([
    ['Ctrl-C', 'SIGINT', 130],
    ['a request to terminate', 'SIGTERM', 143],
  ] as const)('%s leaves a run folder that goes on to the same log', async (_, signal, exitCode) => {
    const [whole, broken] = [join(folder, 'unbroken'), join(folder, `broken by ${signal}`)];
    expect((await hcsc('pretrain', ...short, '--run', whole, '--no-evaluate')).code).toBe(0);

    const child = start(['pretrain', ...short, '--run', broken, '--no-evaluate', '--threads', '2', '--keep', '2']);
    child.stderr!.on('data', (chunk) => {
      if (String(chunk).includes('epoch 1/3')) child.kill(signal);
    });
    const { code, err } = await finish(child);
    expect({ code, err }).toMatchObject({ code: exitCode });
    const resume = `hcsc pretrain ${recipe} --set epochs=3 --run '${broken}' --threads 2 --keep 2 --no-evaluate`;
    expect(err).toMatch(/Stopped after \d+ steps\. To go on: /);
    expect(err).toContain(resume);
    expect(existsSync(join(broken, 'checkpoints', 'latest.safetensors'))).toBe(true);

    expect((await hcsc('pretrain', ...short, '--run', broken, '--no-evaluate')).code).toBe(0);
    const log = (run: string) =>
      readFileSync(join(run, 'log.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => ({ ...JSON.parse(line), time: null, memory: null }));
    expect(log(broken)).toEqual(log(whole));
  });
});

test('Ctrl-C when the last step is done ends the command before its evaluation', { timeout: 120_000 }, async () => {
  const run = join(folder, 'late');
  const child = start(['pretrain', 'examples/slow-validation.fixture.ts', '--set', 'epochs=1', '--run', run]);
  child.stderr!.on('data', (chunk) => {
    if (String(chunk).includes('validating')) child.kill('SIGINT');
  });
  const { code, err } = await finish(child);
  expect({ code, err }).toMatchObject({ code: 130, err: expect.stringContaining('Not evaluated. To do so: hcsc pre') });
  expect(JSON.parse(readFileSync(join(run, 'status.json'), 'utf8')).state).toBe('finished');
  expect(readdirSync(run)).not.toContain('summary.json');
});

test('a recipe gets the same copy of a package as the command', async () => {
  const { err } = await hcsc('pretrain', 'packages/cli/src/resolve.fixture.ts');
  expect(err).toContain('/packages/train/dist/index.js');
});

describe('what is wrong is said in one line', { timeout: 60_000 }, () => {
  test.each([
    [['pretrain', 'nowhere.ts'], 'hcsc: No recipe at nowhere.ts'],
    [['pretrain', 'examples/small-data.ts'], 'examples/small-data.ts is no recipe'],
    [['pretrain', recipe, '--set', 'epoch=3'], 'Cannot set epoch: the recipe has accumulate, batchSize, epochs'],
    [['pretrain', recipe, '--set', 'epochs'], 'give key=value'],
    [['pretrain', recipe, '--resume', '--run', 'nowhere'], 'Nothing to resume: nowhere holds no checkpoint'],
    [['pretrain', recipe, '--resume', '--overwrite'], 'Give --overwrite to start runs/tiny anew, or --resume'],
    [['pretrain', recipe, '--run', 'examples'], 'examples is no run folder: it holds'],
    [['eval', 'knn', 'nowhere'], 'nowhere is no run folder'],
    [['eval', 'svm', 'nowhere'], 'No protocol svm: there are knn and linear'],
  ])('%j', async (args, message) => {
    const { code, err } = await hcsc(...args);
    expect(code).not.toBe(0);
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
  });
});
