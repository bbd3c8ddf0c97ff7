import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockRun, runAtWork } from './run-lock.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-lock-'));
  path = join(folder, 'lock.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const left = (lock: object) => writeFileSync(path, JSON.stringify({ since: '2026-01-01T00:00:00Z', ...lock }));

test('a run has one process at a time', async () => {
  expect(await runAtWork(folder)).toBe('no');
  const unlock = await lockRun(folder);
  expect(await runAtWork(folder)).toBe('working');
  await expect(lockRun(folder)).rejects.toThrow(`in use by process ${process.pid} on ${hostname()}, since 2`);
  await unlock();
  expect(existsSync(path)).toBe(false);
  await (await lockRun(folder))();
});

test('another process that works keeps its lock', async () => {
  const other = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  try {
    left({ pid: other.pid, host: hostname() });
    expect(await runAtWork(folder)).toBe('working');
    await expect(lockRun(folder)).rejects.toThrow(`in use by process ${other.pid}`);
    expect(JSON.parse(readFileSync(path, 'utf8')).pid).toBe(other.pid);
  } finally {
    other.kill();
  }
});

test.each([
  ['a process that is gone', () => left({ pid: spawnSync(process.execPath, ['-e', '']).pid, host: hostname() })],
  ['a process that had our number', () => left({ pid: process.pid, host: hostname() })],
  ['a process that died while writing it', () => writeFileSync(path, '{"pid": 12')],
  [
    'a machine that has given no sign of life for long',
    () => {
      left({ pid: 1, host: 'elsewhere' });
      utimesSync(path, new Date(0), new Date(0));
    },
  ],
])('the lock of %s is taken over', async (_, leave) => {
  leave();
  expect(await runAtWork(folder)).toBe('killed');
  const unlock = await lockRun(folder);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() });
  await unlock();
});

test('the lock of another machine holds while it gives signs of life', async () => {
  left({ pid: 1, host: 'elsewhere' });
  await expect(lockRun(folder)).rejects.toThrow(/process 1 on elsewhere.*delete .*lock.json/);
});

test.each(['none', 'left'])('of many that begin at once one gets the lock (before: %s)', async (before) => {
  for (let round = 0; round < 20; round++) {
    if (before === 'left') writeFileSync(path, '{"pid": 12');
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => lockRun(folder)));
    const got = all.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    expect(got).toHaveLength(1);
    for (const one of all) if (one.status === 'rejected') expect(String(one.reason)).toContain('is in use by');
    await got[0]!();
    expect(readdirSync(folder)).toEqual([]);
  }
});

test('a lock that cannot be written is none, and the error says which file it was', async () => {
  const inner = join(folder, 'a file');
  writeFileSync(inner, '');
  await expect(lockRun(inner)).rejects.toThrow(`Cannot write ${join(inner, 'lock.json')}: `);
});
