import { truncateSync } from 'node:fs';
import { expect, test } from 'vitest';
import { recordFile } from './record-file.js';
import { faultOf, temporaryFolder } from './temporary-folder.fixture.js';

const folder = temporaryFolder();
const bytes = Uint8Array.from({ length: 60 }, (_, i) => i);
const record = (i: number) => [3 * i, 3 * i + 1, 3 * i + 2];

test.each([
  ['none', []],
  ['one', [7]],
  ['all in order', Array.from({ length: 20 }, (_, i) => i)],
  ['runs, repeated and backwards', [4, 5, 6, 6, 7, 19, 0, 1, 3, 2, 1, 0, 18, 19]],
  ['many single ones', Array.from({ length: 200 }, (_, i) => (i * 7) % 20)],
])('reads %s', async (_, indices) => {
  const file = await recordFile(folder.write('records', bytes), 3);
  expect(file.length).toBe(20);
  expect([...(await file.read(indices))]).toEqual(indices.flatMap(record));
});

test.each([[20], [-1], [1.5], [Number.NaN]])('index %s is refused', async (index) => {
  const file = await recordFile(folder.write('records', bytes), 3);
  await expect(file.read([0, index])).rejects.toThrow(RangeError);
});

test.each<[string, number, { records?: number; partial?: boolean }, number, RegExp, string]>([
  ['within a record', 58, {}, 58, /whole records of 3 bytes/, 'the end of the file, 1 bytes into record 19'],
  ['empty', 0, {}, 0, /at least one/, 'the end of the file'],
  ['too few', 57, { records: 20 }, 57, /20 records of 3 bytes, 60 bytes/, 'the end of the file'],
  ['too many', 60, { records: 19 }, 57, /the end of the file, after 19 records/, 'more bytes'],
  ['too many for a part', 60, { records: 19, partial: true }, 57, /after 19 records/, 'more bytes'],
  [
    'a part within a record',
    2,
    { records: 19, partial: true },
    2,
    /whole records/,
    'the end of the file, 2 bytes into record 0',
  ],
])('a file of another length is refused: %s', async (_, length, options, offset, expected, found) => {
  const path = folder.write('cut', bytes.subarray(0, length));
  const error = await faultOf(recordFile(path, 3, options));
  expect(error).toMatchObject({ file: path, offset, found });
  expect(error.expected).toMatch(expected);
});

test('a part is taken when parts are welcome', async () => {
  const path = folder.write('part', bytes.subarray(0, 9));
  expect((await recordFile(path, 3, { records: 20, partial: true })).length).toBe(3);
});

test('a folder is refused', async () => {
  expect(await faultOf(recordFile(folder.path, 3))).toMatchObject({ expected: 'a regular file', found: 'a folder' });
});

test('a file that became shorter is noticed, and its handle closed', async () => {
  const path = folder.write('shrinking', bytes);
  const file = await recordFile(path, 3);
  truncateSync(path, 31);
  expect([...(await file.read([0, 9]))]).toEqual([...record(0), ...record(9)]);
  const error = await faultOf(file.read([10, 0, 12, 3, 5, 11]));
  expect(error).toMatchObject({ file: path, found: 'the end of the file' });
  expect(error.offset).toBeGreaterThanOrEqual(31);
  expect(await file.read([0])).toHaveLength(3);
});
