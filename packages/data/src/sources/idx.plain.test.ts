import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { DataFileError, idx } from '../index.js';
import { idxBytes } from './idx.fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'hcsc-idx-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const counting = (n: number) => Uint8Array.from({ length: n }, (_, i) => i % 251);
const images = idxBytes(8, [5, 3, 2], counting(30));
const labels = idxBytes(8, [5], [0, 2, 1, 2, 0]);

async function fault(promise: Promise<unknown>): Promise<DataFileError> {
  const error = await promise.then(() => null).catch((e) => e);
  expect(error).toBeInstanceOf(DataFileError);
  return error;
}

describe('what is written comes back', () => {
  test.each([
    ['plain', (b: Buffer) => b],
    ['gzipped', (b: Buffer) => gzipSync(b)],
    ['gzipped as two members', (b: Buffer) => Buffer.concat([gzipSync(b.subarray(0, 7)), gzipSync(b.subarray(7))])],
  ])('%s', async (name, pack) => {
    const source = await idx(write(`${name} images`, pack(images)), write(`${name} labels`, pack(labels)), {
      classes: ['a', 'b', 'c'],
    });
    expect(source.name).toBe(`${name} images`);
    expect(source.length).toBe(5);
    expect(source.shape).toEqual([3, 2, 1]);
    expect(source.classes).toEqual(['a', 'b', 'c']);
    expect([...source.labels!]).toEqual([0, 2, 1, 2, 0]);
    expect([...(await source.read([4, 0, 4]))]).toEqual(
      [4, 0, 4].flatMap((i) => [...counting(30).subarray(6 * i, 6 * i + 6)]),
    );
    expect((await source.read([])).length).toBe(0);
  });

  test('four dimensions are images with channels; labels and classes may be missing', async () => {
    const source = await idx(write('rgb', idxBytes(8, [2, 2, 1, 3], counting(12))), undefined, { name: 'colours' });
    expect(source).toMatchObject({ name: 'colours', length: 2, shape: [2, 1, 3], labels: null, classes: null });
    expect([...(await source.read([1]))]).toEqual([6, 7, 8, 9, 10, 11]);
  });
});

describe('files are refused with name, offset, expected and found', () => {
  test.each<[string, Buffer, number, RegExp, RegExp]>([
    ['empty', Buffer.alloc(0), 0, /header/, /end of the file/],
    ['cut in the header', images.subarray(0, 9), 9, /header/, /end of the file/],
    ['a PNG', Buffer.from('89504e470d0a1a0a0000000d', 'hex'), 0, /0x00000803 or 0x00000804/, /0x89504e47/],
    ['floats', idxBytes(0x0d, [1, 1, 1], [0, 0, 0, 0]), 0, /unsigned bytes/, /0x00000d03/],
    ['labels for images', labels, 0, /3 or 4 dimensions/, /0x00000801/],
    ['truncated', images.subarray(0, 40), 40, /5 items of 3 x 2, 46 bytes/, /end of the file/],
    ['truncated and gzipped', gzipSync(images.subarray(0, 40)), 40, /5 items of 3 x 2/, /end of the file/],
    ['too long', Buffer.concat([images, Buffer.from([1])]), 46, /the end of the file/, /more bytes/],
    ['a size of 0', idxBytes(8, [5, 0, 2], []), 8, /at least 1/, /size 0/],
    ['sizes beyond any memory', idxBytes(8, [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], [1]), 17, /4294967295/, /end/],
    ['a broken gzip stream', gzipSync(images).subarray(0, 30), 46, /gzipped data/, /damaged gzip/],
  ])('%s', async (name, bytes, offset, expected, found) => {
    const path = write(`bad ${name}`, bytes);
    const error = await fault(idx(path));
    expect(error.file).toBe(path);
    expect(error.message).toContain(path);
    if (!name.startsWith('a broken')) expect(error.offset).toBe(offset);
    expect(error.expected).toMatch(expected);
    expect(error.found).toMatch(found);
  });

  test('a small file that unpacks to far more than its header says is stopped at once', async () => {
    const bomb = gzipSync(Buffer.concat([images, Buffer.alloc(200 << 20)]));
    expect((await fault(idx(write('bomb', bomb)))).found).toBe('more bytes');
  });

  test('labels of another number, and beyond the classes', async () => {
    const path = write('images', images);
    const four = await fault(idx(path, write('four', idxBytes(8, [4], [0, 1, 2, 3]))));
    expect(four).toMatchObject({ offset: 4, found: '4 labels' });
    expect(four.expected).toContain('5 labels');
    const beyond = await fault(idx(path, write('labels', labels), { classes: ['a', 'b'] }));
    expect(beyond).toMatchObject({ offset: 9, expected: 'a label from 0 to 1', found: 'label 2' });
  });

  test('a file that is not there says so', async () => {
    await expect(idx(join(folder, 'nothing'))).rejects.toThrow(/ENOENT.*nothing/);
  });
});

test.each([[5], [-1], [0.5], [Number.NaN]])('index %s is refused', async (index) => {
  const source = await idx(write('images', images));
  await expect(source.read([0, index])).rejects.toThrow(`Cannot read image ${index} of images: it has images 0 to 4`);
});
