import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { eventFile } from './event-file.js';
import { readRecords } from './read-events.fixture.js';

/** How many bytes the disk still takes. */
const disk = vi.hoisted(() => ({ room: Number.POSITIVE_INFINITY }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const writeSync = (file: number, bytes: Buffer, offset: number) => {
    if (disk.room === 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const written = fs.writeSync(file, bytes, offset, Math.min(bytes.length - offset, disk.room, 10));
    disk.room -= written;
    return written;
  };
  return { ...fs, writeSync };
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-event-file-'));
});
afterEach(() => {
  disk.room = Number.POSITIVE_INFINITY;
  rmSync(folder, { recursive: true, force: true });
});

test('records come back whole, also when the system takes them a few bytes at a time', () => {
  const records = [Buffer.alloc(0), Buffer.from('a'), Buffer.alloc(100, 7)];
  const file = eventFile(folder, 12.5);
  file.append(...records);
  file.close();
  expect(readRecords(file.path)).toEqual({ records, rest: 0 });
});

test('a record that a full disk cuts is taken back, and what comes later can be read', () => {
  const file = eventFile(folder, 12.5);
  file.append(Buffer.from('first'));
  disk.room = 13;
  expect(() => file.append(Buffer.from('second'))).toThrow(/Cannot write .*tfevents\.12\..*: ENOSPC/);
  expect(readRecords(file.path)).toEqual({ records: [Buffer.from('first')], rest: 0 });
  disk.room = Number.POSITIVE_INFINITY;
  file.append(Buffer.from('third'));
  file.close();
  expect(readRecords(file.path)).toEqual({ records: [Buffer.from('first'), Buffer.from('third')], rest: 0 });
});

test('a file never takes the place of another', () => {
  for (let i = 0; i < 3; i++) eventFile(folder, 12.5).close();
  expect(readdirSync(folder).map((name) => name.split('.')[3])).toEqual(['12', '13', '14']);
});
