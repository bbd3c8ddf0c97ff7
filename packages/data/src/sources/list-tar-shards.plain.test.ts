import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { EncodedImages } from './encoded-images.js';
import { listTarShards } from './list-tar-shards.js';
import {
  gnuTarArchive,
  longName,
  paxBody,
  posixTarArchive,
  pythonNames,
  pythonTarArchive,
  type TarPart,
  tar,
} from './tar.fixture.js';
import { faultOf, temporaryFolder } from './temporary-folder.fixture.js';

const folder = temporaryFolder();

/** Name, bytes as text and label of each image, read where the list says they are. */
function contents(images: EncodedImages) {
  return Array.from({ length: images.length }, (_, i) => {
    const { path, offset, length } = images.at(i);
    const bytes = readFileSync(path).subarray(offset!, offset! + length!);
    expect(bytes.length).toBe(length);
    const name = images.nameOf(i);
    expect(name.startsWith(`${path}: `)).toBe(true);
    return [name.slice(path.length + 2), bytes.toString('latin1'), images.labels?.[i]];
  });
}
const list = (name: string, parts: readonly TarPart[]) => listTarShards(folder.write(name, tar(parts)));

describe('what other programs have packed comes out', () => {
  test.each([
    ['GNU tar', gnuTarArchive],
    ['GNU tar, posix format', posixTarArchive],
  ])('%s', async (name, bytes) => {
    const images = await listTarShards(folder.write(`${name}.tar`, bytes));
    expect(images).toMatchObject({ name: `${name}.tar`, length: 2, classes: null });
    expect(contents(images)).toEqual([
      ['train/a.png', 'AAA', 3],
      [`${longName}.webp`, 'LONG', 12],
    ]);
  });

  test('Python', async () => {
    const images = await listTarShards(folder.write('python.tar', pythonTarArchive));
    const body = (i: number) =>
      Buffer.from([255, 216, i])
        .toString('latin1')
        .repeat(1 + 300 * i);
    expect(contents(images)).toEqual(pythonNames.map((name, i) => [`${name}.jpg`, body(i), 7 + i]));
  });
});

test('a key goes up to the first dot of the name; other files, folders and hidden ones are ignored', async () => {
  const images = await list('keys.tar', [
    { name: 'a.b/', type: '5' },
    { name: 'a.b/1.JPG', body: 'one' },
    { name: 'a.b/1.cls', body: ' 4\n' },
    { name: 'a.b/1.seg.png', body: 'mask' },
    { name: 'a.b/1.json', body: '{}' },
    { name: './a.b/2.cls', body: '0' },
    { name: './a.b/2.link', type: '2' },
    { name: './a.b/2.jpeg', body: 'two' },
    { name: 'LICENSE', body: 'no dot' },
    { name: '._2.jpeg', body: 'not an image' },
    { name: '__meta__/shard.json', body: '{}' },
    { name: 'old.dir/', body: '' },
    { name: '3.webp', body: '', prefix: 'long/path', type: '7' },
    { name: '3.cls', body: '007', prefix: 'long/path', type: '\0' },
    { name: '4.png', body: 'old', format: 'old' },
    { name: '4.cls', body: '9', format: 'gnu' },
  ]);
  expect(contents(images)).toEqual([
    ['a.b/1.JPG', 'one', 4],
    ['./a.b/2.jpeg', 'two', 0],
    ['long/path/3.webp', '', 7],
    ['4.png', 'old', 9],
  ]);
});

test('sizes in base 256 and in pax headers, and signed checksums', async () => {
  const binary = Buffer.alloc(12);
  binary[0] = 0x80;
  binary[11] = 3;
  const images = await list('sizes.tar', [
    { name: 'global', type: 'g', body: paxBody({ comment: 'for all' }) },
    { name: '1.png', body: 'one', size: binary },
    { name: 'x', type: 'x', body: paxBody({ path: 'two.png', size: '600', mtime: '1.5' }) },
    { name: 'y', type: 'L', body: 'name.jpg, and what follows', size: 8 },
    { name: 'short.png', body: 'z'.repeat(600), size: 0 },
    { name: 'ä.png', body: 'umlaut', signed: true },
    { name: 'k', type: 'K', body: 'target' },
    { name: '5.png', body: '5' },
  ]);
  expect(contents(images)).toEqual([
    ['1.png', 'one', undefined],
    ['name.jpg', 'z'.repeat(600), undefined],
    ['ä.png', 'umlaut', undefined],
    ['5.png', '5', undefined],
  ]);
  expect(images.labels).toBeNull();
});

test('many shards: a folder, a pattern, a list', async () => {
  // The second is empty: a shard may be.
  const sizes = [3, 0, 1, 40, 2];
  sizes.forEach((count, shard) => {
    const parts = Array.from({ length: count }, (_, i) => [
      { name: `${shard}-${i}.png`, body: `image ${i} of ${shard}` },
      { name: `${shard}-${i}.cls`, body: `${shard}` },
    ]);
    folder.write(
      `shards/train-00${shard + 8}.tar`.replace('0010', '010').replace('0011', '011').replace('0012', '012'),
      tar(parts.flat()),
    );
  });
  folder.write('shards/readme.txt', 'no archive');
  const all = sizes.flatMap((count, shard) =>
    Array.from({ length: count }, (_, i) => [`${shard}-${i}.png`, `image ${i} of ${shard}`, shard]),
  );
  const path = join(folder.path, 'shards');
  const classes = ['a', 'b', 'c', 'd', 'e'];
  const whole = await listTarShards(path, { classes });
  expect(whole).toMatchObject({ name: 'shards', length: 46, classes });
  expect(contents(whole)).toEqual(all);
  const pattern = await listTarShards(`${path}/train-{008..012}.tar`);
  expect(pattern.name).toBe('train-{008..012}.tar');
  expect(contents(pattern)).toEqual(all);
  expect(contents(await listTarShards(`${path}/train-{0..0}{08..10}.tar`))).toEqual(all.slice(0, 4));
  const two = await listTarShards([`${path}/train-012.tar`, `${path}/train-{008..009}.tar`]);
  expect(two.name).toBe('3 archives');
  expect(contents(two)).toEqual([...all.slice(-2), ...all.slice(0, 3)]);
  for (const index of [46, -1, 0.5]) {
    expect(() => whole.at(index)).toThrow(`Cannot give image ${index}: there are images 0 to 45`);
    expect(() => whole.nameOf(index)).toThrow(RangeError);
  }
  await expect(listTarShards(`${path}/train-{012..008}.tar`)).rejects.toThrow(/\{012..008\} must count upwards/);
  await expect(listTarShards(`${path}/train-{0..99999999999}.tar`)).rejects.toThrow(/at most 1000000/);
  await expect(listTarShards(`${path}/{0..9999}/{0..9999}.tar`)).rejects.toThrow(/more than 1000000/);
  await expect(listTarShards(`${path}/train-{012..013}.tar`)).rejects.toThrow(/ENOENT.*train-013/);
  await expect(listTarShards([])).rejects.toThrow(/no archive: no sample/);
  await expect(listTarShards(join(folder.path, 'shards', '..', 'nothing'))).rejects.toThrow(/ENOENT/);
});

describe('refused, with the place', () => {
  const good: TarPart[] = [
    { name: '1.png', body: 'one' },
    { name: '1.cls', body: '0' },
  ];
  const whole = tar(good);
  const binary = (first: number, ...last: number[]) =>
    Buffer.from([first, ...new Array(11 - last.length).fill(0), ...last]);

  test.each<[string, Buffer, number, RegExp, RegExp]>([
    ['an empty file', Buffer.alloc(0), 0, /a header/, /^the end of the file$/],
    ['no archive', Buffer.alloc(2000, 'text '), 148, /a tar header/, /no octal number/],
    ['gzip', gzipSync(whole), 0, /plain tar archive \(unpack it first/, /gzip/],
    ['zstd', Buffer.from('28b52ffd00000000', 'hex'), 0, /plain/, /zstd/],
    ['a wrong checksum', tar([good[0]!, { ...good[1]!, wrong: 1 }]), 1024 + 148, /a tar header/, /checksum \d+/],
    [
      'cut in a header',
      whole.subarray(0, 1024 + 300),
      1324,
      /a header, or the two empty blocks/,
      /the end of the file/,
    ],
    ['cut after a header', whole.subarray(0, 512), 512, /3 bytes of 1.png/, /the end of the file after 0 bytes/],
    ['cut in a body', whole.subarray(0, 514), 512, /3 bytes of 1.png/, /after 2 bytes/],
    ['cut in the padding', whole.subarray(0, 600), 600, /a header, or the two/, /the end/],
    ['cut between entries', whole.subarray(0, 2048), 2048, /a header, or the two/, /the end/],
    ['two archives in one', Buffer.concat([whole, whole]), 3072, /nothing but zeros/, /more data/],
    ['a size beyond the file', tar([{ ...good[0]!, size: 2 ** 30 }]), 512, /1073741824 bytes of 1.png/, /after 1536/],
    ['a size of 2^40', tar([{ ...good[0]!, size: binary(0x80, 1, 0, 0, 0, 0, 0) }]), 512, /1099511627776/, /after/],
    [
      'a size beyond numbers',
      tar([{ ...good[0]!, size: Buffer.alloc(12, 0xff).fill(0x80, 0, 1) }]),
      512,
      /bytes of/,
      /after/,
    ],
    ['a negative size', tar([{ ...good[0]!, size: Buffer.alloc(12, 0xff) }]), 124, /an octal number/, /./],
    ['a decimal size', tar([{ ...good[0]!, size: Buffer.from('00000000089\0') }]), 124, /octal/, /89/],
    ['a sparse file', tar([{ ...good[0]!, type: 'S' }]), 156, /a file, a folder or a link/, /type "S"/],
    ['a hard link for an image', tar([{ name: '1.png', type: '1' }]), 0, /the bytes of 1.png/, /link/],
    ['a link for a label', tar([good[0]!, { name: '1.cls', type: '2' }]), 1024, /the bytes of 1.cls/, /link/],
    [
      'a huge name',
      tar([{ name: 'x', type: 'L', body: Buffer.alloc(2 ** 20 + 1) }]),
      124,
      /at most 1048576/,
      /1048577/,
    ],
    ['a huge name that is not there', tar([{ name: 'x', type: 'x', size: 2 ** 30 }]), 512, /1073741824 bytes/, /after/],
    ['a name for nothing', tar([...good, { name: 'x', type: 'L', body: 'name' }]), 3072, /header at 2048/, /the end/],
    [
      'a pax record without length',
      tar([{ name: 'x', type: 'x', body: 'path=a\n' }]),
      512,
      /length key=value/,
      /path=a/,
    ],
    ['a pax record beyond its body', tar([{ name: 'x', type: 'x', body: '99 path=a\n' }]), 512, /length/, /99 path/],
    ['a pax record without end', tar([{ name: 'x', type: 'x', body: '9 path=ab' }]), 512, /length/, /9 path/],
    ['a pax record of no length', tar([{ name: 'x', type: 'x', body: '0 path=a\n' }]), 512, /length/, /0 path/],
    ['a pax record without value', tar([{ name: 'x', type: 'x', body: '7 path\n' }]), 512, /length/, /7 path/],
    ['a pax size that is none', tar([{ name: 'x', type: 'x', body: paxBody({ size: '-1' }) }]), 512, /decimal/, /-1/],
    [
      'a sparse file in pax',
      tar([{ name: 'x', type: 'x', body: paxBody({ 'GNU.sparse.major': '1' }) }]),
      512,
      /whole/,
      /GNU/,
    ],
    [
      'one name for all',
      tar([{ name: 'x', type: 'g', body: paxBody({ path: 'a.png' }) }]),
      512,
      /its own name/,
      /path/,
    ],
    ['no image', tar([...good, { name: '2.cls', body: '0' }]), 2048, /an image of the sample 2 /, /none/],
    ['no image first', tar([{ name: '0.txt' }, ...good]), 0, /an image of the sample 0 /, /none/],
    ['two images', tar([...good, { name: '1.jpg' }]), 2048, /one image of the sample 1/, /1.png and 1.jpg/],
    ['two labels', tar([...good, { name: '1.cls', body: '0' }]), 2048, /one label of the sample 1/, /two/],
    [
      'a label missing',
      tar([...good, { name: '2.png' }]),
      2048,
      /a label \(.cls\) of 2, as of the samples before/,
      /none/,
    ],
    ['a label too many', tar([{ name: '0.png' }, ...good]), 512, /no label of 1/, /label 0/],
    [
      'a label that is none',
      tar([{ name: '1.cls', body: 'cat' }]),
      512,
      /a label from 0 to 2147483647 in 1.cls/,
      /"cat"/,
    ],
    ['a negative label', tar([{ name: '1.cls', body: '-1' }]), 512, /a label from 0/, /"-1"/],
    ['a label beyond 2^31', tar([{ name: '1.cls', body: '2147483648' }]), 512, /a label from 0/, /2147483648/],
    ['an empty label', tar([{ name: '1.cls' }]), 512, /a label from 0/, /""/],
    ['a novel for a label', tar([{ name: '1.cls', body: Buffer.alloc(33, '1') }]), 512, /a label from 0/, /33 bytes/],
  ])('%s', async (name, bytes, offset, expected, found) => {
    const path = folder.write(`${name}.tar`, bytes);
    const error = await faultOf(listTarShards(path));
    expect(error).toMatchObject({ file: path, offset });
    expect(error.expected).toMatch(expected);
    expect(error.found).toMatch(found);
  });

  test('a label beyond the classes', async () => {
    const path = folder.write('classes.tar', tar([{ name: '1.png' }, { name: '1.cls', body: '2' }]));
    const error = await faultOf(listTarShards(path, { classes: ['a', 'b'] }));
    expect(error).toMatchObject({ offset: 1024, expected: 'a label from 0 to 1 in 1.cls', found: '"2"' });
  });

  test('shards with labels and shards without', async () => {
    const paths = [
      folder.write('l1.tar', whole),
      folder.write('l2.tar', tar([{ name: 'd/', type: '5' }, { name: '9.png' }])),
    ];
    expect(await faultOf(listTarShards(paths))).toMatchObject({ file: paths[1], offset: 512, found: 'none' });
    expect(await faultOf(listTarShards([...paths].reverse()))).toMatchObject({ file: paths[0], found: 'label 0' });
  });

  test('archives without a sample, folders without an archive', async () => {
    await expect(list('empty.tar', [{ name: 'd/', type: '5' }])).rejects.toThrow(
      /no sample with an image .* in 1 archives/,
    );
    folder.write('plain/file.txt', '');
    await expect(listTarShards(join(folder.path, 'plain'))).rejects.toThrow(/plain has no file that ends in .tar/);
  });
});
