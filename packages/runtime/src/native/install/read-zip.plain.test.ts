import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readZip, unpackEntry } from './read-zip.js';
import { makeZip } from './testing/make-zip.js';

let folder: string;
let zip: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-zip-'));
  zip = join(folder, 'a.zip');
});
afterEach(() => rmSync(folder, { recursive: true }));

const files = { 'a/long.txt': 'abc'.repeat(50_000), 'b.bin': Buffer.from([0, 1, 2, 255]), 'ü.txt': 'ß' };

it('lists and unpacks, deflated or not', async () => {
  writeFileSync(zip, makeZip(files));
  const entries = await readZip(zip);
  expect(entries.map(({ name, size, method }) => [name, size, method])).toEqual([
    ['a/long.txt', 150_000, 8],
    ['b.bin', 4, 0],
    ['ü.txt', 2, 8],
  ]);
  for (const entry of entries) {
    await unpackEntry(zip, entry, join(folder, 'out'));
    expect(readFileSync(join(folder, 'out'))).toEqual(Buffer.from(files[entry.name as keyof typeof files]));
  }
});

it.each([
  ['nothing', Buffer.alloc(0)],
  ['a text', Buffer.from('no zip file at all, but long enough to hold an end')],
  ['half a zip file', makeZip(files).subarray(0, 200)],
])('says so if a file is %s', async (_, content) => {
  writeFileSync(zip, content);
  await expect(readZip(zip)).rejects.toThrow(`${zip} is no zip file`);
});

it('refuses a packing it does not know', async () => {
  writeFileSync(zip, makeZip(files));
  const [entry] = await readZip(zip);
  await expect(unpackEntry(zip, { ...entry!, method: 93 }, join(folder, 'out'))).rejects.toThrow(
    `a/long.txt in ${zip}`,
  );
});
