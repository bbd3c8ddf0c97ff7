import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepLogBefore } from './keep-log-before.js';

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'hcsc-log-')), 'log.jsonl');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

const lines = [
  '{"type":"step","step":0,"note":"ü — two bytes and three"}',
  '{"type":"step","step":1}',
  '{"type":"warning","of":"step","step":1}',
  '{"type":"epoch","step":2}',
  '{"type":"warning","of":"epoch","step":2}',
  '{"type":"step","step":2}',
  '{"type":"warning","of":"step","step":2}',
  '{"type":"step","step":3}',
  '{"type":"epoch","step":4}',
];
const whole = lines.map((line) => `${line}\n`).join('');

test.each([
  [0, 0],
  [1, 1],
  [2, 5],
  [3, 7],
  [4, 9],
  [5, 9],
])('with %i steps done, %i lines stay', async (step, kept) => {
  writeFileSync(path, whole);
  const shown: unknown[] = [];
  await keepLogBefore(path, step, (record) => shown.push(record));
  expect(shown).toEqual(lines.slice(0, kept).map((line) => JSON.parse(line)));
  expect(readFileSync(path, 'utf8')).toBe(
    lines
      .slice(0, kept)
      .map((line) => `${line}\n`)
      .join(''),
  );
});

test('cut at any byte, as by a full disk or a dying process, whole lines stay', async () => {
  for (let length = 0; length <= Buffer.byteLength(whole); length++) {
    const cut = Buffer.from(whole).subarray(0, length);
    writeFileSync(path, cut);
    await keepLogBefore(path, 100);
    const end = cut.lastIndexOf('\n') + 1;
    expect(readFileSync(path).equals(cut.subarray(0, end))).toBe(true);
  }
});

test('a log that is not there is made, and one of a file much larger than a buffer is cut in the right place', async () => {
  await keepLogBefore(path, 3);
  expect(readFileSync(path, 'utf8')).toBe('');
  const line = (step: number) => `{"type":"step","step":${step},"pad":"${'x'.repeat(500)}"}\n`;
  for (let step = 0; step < 1000; step++) appendFileSync(path, line(step));
  await keepLogBefore(path, 700);
  const kept = readFileSync(path, 'utf8');
  expect(kept.length).toBe(Array.from({ length: 700 }, (_, step) => line(step).length).reduce((a, b) => a + b));
  expect(kept.endsWith(line(699))).toBe(true);
});

test.each([
  ['is cut short', '{"type":"step","st\n'],
  ['is empty', '\n'],
  ['ends as on Windows', '{"type":"step","step":1}\r\n'],
  ['holds a line separator', '{"type":"step","step":1,"note":"\u2028"}\n'],
])('where a line between others %s, no other is lost', async (_, odd) => {
  const log = `${lines[0]}\n${odd}${lines[2]}\n${lines[3]}\n`;
  writeFileSync(path, `${log}${lines[5]}\n`);
  await keepLogBefore(path, 2);
  expect(readFileSync(path, 'utf8')).toBe(log);
});
