import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cifar10, cifar100, type ImageSource, idx, stl10 } from '../index.js';
import { largestAllocation } from './allocations.fixture.js';
import { anyDamage, damaged, orFault, runs } from './damage.fixture.js';
import { idxBytes } from './idx.fixture.js';
import { listTarShards } from './list-tar-shards.js';
import { cifarFile, stl10File } from './planar-images.fixture.js';
import { paxBody, type TarPart, tar } from './tar.fixture.js';
import { temporaryFolder } from './temporary-folder.fixture.js';

const folder = temporaryFolder();

const readAll = (source: ImageSource) => source.read(Int32Array.from({ length: source.length }, (_, i) => i));

test('the watch on allocations sees them', async () => {
  for (const allocate of [
    () => new Uint8Array(5000),
    () => new ArrayBuffer(5000),
    () => new Float64Array(625),
    () => Buffer.alloc(5000),
    () => Buffer.concat([Buffer.alloc(3000), Buffer.alloc(2000)]),
  ]) {
    expect(await largestAllocation(async () => allocate())).toBe(5000);
  }
  expect(new Uint8Array(1)).toBeInstanceOf(Uint8Array);
});

test.each([
  ['IDX', (bytes: Buffer) => bytes],
  ['IDX, gzipped', (bytes: Buffer) => gzipSync(bytes)],
])('%s: what the header says is there, or the file is refused', async (name, pack) => {
  const images = idxBytes(
    8,
    [4, 3, 5],
    Array.from({ length: 60 }, (_, i) => i),
  );
  await runs(
    fc.asyncProperty(anyDamage(images.length), async (damage) => {
      const bytes = damaged(images, damage);
      const file = folder.write(name, pack(bytes));
      let source: ImageSource | null = null;
      const most = await largestAllocation(async () => {
        source = await orFault(idx(file), bytes.length);
      });
      expect(most).toBeLessThan(70_000); // the file, and what zlib works with
      if (!source) return;
      const { length, shape } = source as ImageSource;
      const rank = bytes[3]!;
      expect([length, ...shape].slice(0, rank)).toEqual(
        Array.from({ length: rank }, (_, i) => bytes.readUInt32BE(4 + 4 * i)),
      );
      expect(Buffer.from(await readAll(source)).equals(bytes.subarray(4 + 4 * rank))).toBe(true);
    }),
  );
});

test('IDX, gzipped: damage to the stream', async () => {
  const bytes = idxBytes(
    8,
    [4, 3, 5],
    Array.from({ length: 60 }, (_, i) => i),
  );
  const good = gzipSync(bytes);
  await runs(
    fc.asyncProperty(anyDamage(good.length), async (damage) => {
      const packed = damaged(good, damage);
      const source = await orFault(idx(folder.write('stream', packed)), 1 << 20);
      if (source && packed[0] === 0x1f)
        expect(Buffer.from(await readAll(source)).equals(bytes.subarray(16))).toBe(true);
    }),
  );
});

test('IDX: labels', async () => {
  const images = folder.write('images', idxBytes(8, [6, 1, 1], new Uint8Array(6)));
  const good = idxBytes(8, [6], [0, 1, 2, 3, 4, 5]);
  await runs(
    fc.asyncProperty(anyDamage(good.length), async (damage) => {
      const bytes = damaged(good, damage);
      const labels = folder.write('labels', bytes);
      const source = await orFault(idx(images, labels, { classes: ['a', 'b', 'c', 'd', 'e', 'f'] }), bytes.length);
      if (source) expect([...source.labels!]).toEqual([...bytes.subarray(8)]);
    }),
  );
});

/** The image of a record, slowly. */
const pixels = (planes: Uint8Array, side: number, columns: boolean) =>
  Uint8Array.from({ length: 3 * side * side }, (_, i) => {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % side, Math.floor(i / 3 / side)];
    return planes[c * side * side + (columns ? x * side + y : y * side + x)]!;
  });

test.each([
  ['CIFAR-10', 1, 'cifar10/test_batch.bin', () => cifar10({ folder: join(folder.path, 'cifar10'), partial: true })],
  ['CIFAR-100', 2, 'cifar100/test.bin', () => cifar100({ folder: join(folder.path, 'cifar100'), partial: true })],
] as const)('%s', async (_, labelBytes, name, set) => {
  const record = labelBytes + 3072;
  const good = cifarFile(
    [
      [1, 9],
      [0, 3],
      [7, 5],
    ].map((labels) => labels.slice(-labelBytes)),
  );
  await runs(
    fc.asyncProperty(anyDamage(good.length), async (damage) => {
      const bytes = damaged(good, damage);
      folder.write(name, bytes);
      let source: ImageSource | null = null;
      const most = await largestAllocation(async () => {
        source = await orFault(set().test(), bytes.length);
      });
      expect(most).toBeLessThanOrEqual(Math.max(bytes.length, 1024));
      if (!source) return;
      const count = bytes.length / record;
      expect((source as ImageSource).length).toBe(count);
      const read = await readAll(source);
      for (let i = 0; i < count; i++) {
        expect((source as ImageSource).labels![i]).toBe(bytes[i * record + labelBytes - 1]);
        const planes = bytes.subarray(i * record + labelBytes, (i + 1) * record);
        expect(Buffer.compare(read.subarray(i * 3072, (i + 1) * 3072), pixels(planes, 32, false))).toBe(0);
      }
    }),
  );
});

test('STL-10', async () => {
  const set = stl10({ folder: join(folder.path, 'stl10'), partial: true });
  const images = stl10File(2);
  await runs(
    fc.asyncProperty(anyDamage(images.length), anyDamage(2), fc.boolean(), async (damage, labelDamage, both) => {
      const bytes = both ? damaged(images, damage) : images;
      const labels = damaged(Buffer.from([1, 10]), labelDamage);
      folder.write('stl10/train_X.bin', bytes);
      folder.write('stl10/train_y.bin', labels);
      let source: ImageSource | null = null;
      const most = await largestAllocation(async () => {
        source = await orFault(set.train(), Math.max(bytes.length, labels.length));
      });
      expect(most).toBeLessThan(2048); // images are not read yet
      if (!source) return;
      expect([...(source as ImageSource).labels!]).toEqual([...labels].map((label) => label - 1));
      const read = await readAll(source);
      for (let i = 0; i < labels.length; i++) {
        const part = (of: Uint8Array) => of.subarray(i * 27648, (i + 1) * 27648);
        expect(Buffer.compare(part(read), pixels(part(bytes), 96, true))).toBe(0);
      }
    }),
  );
});

test('a header that promises more than there is costs nothing', async () => {
  const huge = Buffer.from([0x80, 0, 0, 0, 0, 0, 0x01, 0, 0, 0, 0, 0]); // 2^40
  const archives: TarPart[][] = ['0', 'x', 'g', 'L', 'K'].flatMap((type) => [
    [{ name: '1.png', type, size: huge }],
    [{ name: '1.png', type, size: 1_000_000 }], // as long as names may be
  ]);
  archives.push(
    [{ name: '1.cls', size: huge }],
    [{ name: 'x', type: 'x', body: paxBody({ size: String(2 ** 40) }) }, { name: '1.cls' }],
  );
  for (const parts of archives) {
    const bytes = tar(parts, Buffer.alloc(88));
    expect(bytes.length).toBeLessThan(2000);
    const path = folder.write('huge.tar', bytes);
    expect(await largestAllocation(() => orFault(listTarShards(path), bytes.length))).toBeLessThanOrEqual(16_384);
  }
  const sizes = idxBytes(8, [2 ** 32 - 1, 1, 256], [1, 2, 3]); // 2^40
  for (const bytes of [sizes, gzipSync(sizes)]) {
    const path = folder.write('huge', bytes);
    expect(await largestAllocation(() => orFault(idx(path), sizes.length))).toBeLessThan(70_000);
  }
});
