import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { jsonLines } from './json-lines.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-json-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const warning = (step: number) =>
  ({ type: 'warning', of: 'step', step, epoch: 0, figure: 'rank', value: 1, message: 'ü' }) as const;

test('a line is in the file when log returns, and what was there stays', async () => {
  const path = join(folder, 'log.jsonl');
  for (const sitting of [0, 2]) {
    const log = jsonLines(path);
    log.log(warning(sitting));
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(sitting + 2);
    log.log(warning(sitting + 1));
    log.flush?.();
    await log.close();
  }
  const steps = readFileSync(path, 'utf8').trim().split('\n');
  expect(steps.map((line) => JSON.parse(line))).toEqual([0, 1, 2, 3].map(warning));
});

test('a file that cannot be opened is named', () => {
  expect(() => jsonLines(join(folder, 'nowhere', 'log.jsonl'))).toThrow(/nowhere/);
});
