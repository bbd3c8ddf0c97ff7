import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ReportInput, renderReport, writeReport } from './index.js';

const input: ReportInput = { title: 'A run', facts: [], results: { columns: [], rows: [] }, curves: [] };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-'));
});

afterEach(() => rm(folder, { recursive: true }));

it('writes the page and nothing beside it', async () => {
  const path = join(folder, 'report.html');
  await writeReport(path, { ...input, title: 'Former' });
  await writeReport(path, input);
  expect(await readFile(path, 'utf8')).toBe(renderReport(input));
  expect(await readdir(folder)).toEqual(['report.html']);
});

it('keeps the former page when the new one cannot be drawn or put in place', async () => {
  const path = join(folder, 'report.html');
  await writeReport(path, input);
  await expect(writeReport(path, { ...input, title: '' })).rejects.toThrow(/needs a title/);
  expect(await readFile(path, 'utf8')).toBe(renderReport(input));
  await mkdir(join(folder, 'taken'));
  await expect(writeReport(join(folder, 'taken'), input)).rejects.toThrow(/EISDIR|EEXIST|ENOTEMPTY/);
  expect((await readdir(folder)).sort()).toEqual(['report.html', 'taken']);
});
