import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { finish, start } from './built-command.fixture.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-readers-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a run ends as it should when nobody reads its progress any more', { timeout: 120_000 }, async () => {
  const run = join(folder, 'run');
  const child = start(['pretrain', 'examples/tiny.fixture.ts', '--set', 'epochs=3', '--run', run, '--no-evaluate']);
  child.stderr!.on('data', (chunk) => {
    if (String(chunk).includes('epoch 1/3')) child.stderr!.destroy();
  });
  expect((await finish(child)).code).toBe(0);
  expect(JSON.parse(readFileSync(join(run, 'status.json'), 'utf8'))).toMatchObject({ state: 'finished', step: 48 });
  expect(readdirSync(run)).not.toContain('lock.json');
});

test('a reader that has seen enough is no error', { timeout: 60_000 }, async () => {
  const child = start(['runtime', 'doctor', '--json']);
  child.stdout!.destroy();
  expect((await finish(child)).err).not.toContain('EPIPE');
});
