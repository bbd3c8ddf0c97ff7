import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { largestAllocation } from './allocations.fixture.js';
import { anyDamage, damaged, orFault, runs } from './damage.fixture.js';
import { listTarShards } from './list-tar-shards.js';
import { paxBody, type TarPart, tar, tarEntry } from './tar.fixture.js';
import { temporaryFolder } from './temporary-folder.fixture.js';

const folder = temporaryFolder();

const NO_SAMPLE = /no sample with an image/;

/** What the list says is in the file, and is what the file has there. */
async function assertWithin(path: string, bytes: Buffer, alsoFine = NO_SAMPLE) {
  let images: Awaited<ReturnType<typeof listTarShards>> | null = null;
  const most = await largestAllocation(async () => {
    images = await orFault(listTarShards(path), bytes.length, alsoFine);
  });
  // The window, or a list of a name for each header.
  expect(most).toBeLessThanOrEqual(Math.max(16_384, 8 * bytes.length));
  if (!images) return null;
  const { length, labels, at, nameOf } = images as Awaited<ReturnType<typeof listTarShards>>;
  if (labels) expect(labels.length).toBe(length);
  return Array.from({ length }, (_, i) => {
    const { offset, length: size } = at(i);
    expect(offset! % 512).toBe(0);
    expect(offset! + size!).toBeLessThanOrEqual(bytes.length - 512);
    expect(nameOf(i)).toMatch(/\.(jpe?g|png|webp)$/i);
    return {
      name: nameOf(i).slice(path.length + 2),
      body: bytes.subarray(offset!, offset! + size!),
      label: labels?.[i],
    };
  });
}

test('tar: damaged archives', async () => {
  const good = tar([
    { name: 'train/', type: '5' },
    { name: 'train/1.png', body: 'one' },
    { name: 'train/1.cls', body: '12' },
    { name: 'l', type: 'L', body: `${'long/'.repeat(30)}2.jpg\0`, format: 'gnu' },
    { name: '2.jpg', body: 'x'.repeat(700), format: 'gnu' },
    { name: 'x', type: 'x', body: paxBody({ path: `${'long/'.repeat(30)}2.cls`, size: '1', mtime: '1.25' }) },
    { name: '2.cls', body: '3', size: 0 },
  ]);
  const path = join(folder.path, 'damaged.tar');
  await runs(
    fc.asyncProperty(anyDamage(good.length), async (damage) => {
      const bytes = damaged(good, damage);
      folder.write('damaged.tar', bytes);
      const found = await assertWithin(path, bytes);
      if (found && bytes.equals(good)) expect(found.map(({ label }) => label)).toEqual([12, 3]);
    }),
  );
});

test('tar: headers with right checksums that say anything', async () => {
  const key = fc.constantFrom('1', '2', 'a/3', '.hidden', 'x'.repeat(90), '');
  const ending = fc.constantFrom('.jpg', '.PNG', '.webp', '.cls', '.json', '', '/', '.tar.gz');
  const name = fc.tuple(key, ending).map((parts) => parts.join(''));
  const number = fc.oneof(
    fc.nat(3000),
    fc.nat(2 ** 20),
    fc.nat(2 ** 31 - 1),
    fc.uint8Array({ minLength: 12, maxLength: 12 }),
    fc.uint8Array({ minLength: 11, maxLength: 11 }).map((rest) => Uint8Array.from([0x80, ...rest])),
  );
  const record = fc.tuple(
    fc.constantFrom('path', 'size', 'GNU.sparse.map', 'comment'),
    fc.oneof(name, fc.nat().map(String), fc.string()),
  );
  const pax = fc.array(record, { maxLength: 3 }).map((records) => paxBody(Object.fromEntries(records)));
  const body = fc.oneof(
    fc.nat(120).map(String),
    pax,
    name,
    fc.uint8Array({ maxLength: 1200 }),
    pax.chain((bytes) =>
      fc
        .tuple(fc.nat(bytes.length), fc.nat(255))
        .map(([i, byte]) => Buffer.from(bytes.map((b, k) => (k === i ? byte : b)))),
    ),
  );
  const part: fc.Arbitrary<TarPart> = fc.record(
    {
      name,
      body,
      type: fc.oneof(
        { weight: 5, arbitrary: fc.constant('0') },
        { weight: 4, arbitrary: fc.constantFrom(...'\x0012567xgLKS') },
        { weight: 1, arbitrary: fc.nat(255).map((code) => String.fromCharCode(code)) },
      ),
      size: fc.option(number, { nil: undefined, freq: 6 }),
      format: fc.constantFrom('posix', 'gnu', 'old'),
      prefix: fc.constantFrom('', '', 'p', 'p.q/r'),
      signed: fc.boolean(),
    },
    { requiredKeys: ['name', 'body', 'type'] },
  );
  const path = join(folder.path, 'headers.tar');
  await runs(
    fc.asyncProperty(fc.array(part, { maxLength: 6 }), fc.constantFrom(0, 512, 1024, 9000), async (parts, end) => {
      const bytes = tar(parts, Buffer.alloc(end));
      folder.write('headers.tar', bytes);
      await assertWithin(path, bytes);
    }),
  );
});

test('tar: whatever samples were packed come out', async () => {
  const sample = fc.record({
    body: fc.uint8Array({ maxLength: 1500 }),
    label: fc.nat(2 ** 31 - 1),
    long: fc.constantFrom('', 'L', 'x'),
    more: fc.boolean(),
    first: fc.boolean(),
  });
  const path = join(folder.path, 'samples.tar');
  await runs(
    fc.asyncProperty(fc.array(sample, { minLength: 1, maxLength: 12 }), fc.boolean(), async (samples, labelled) => {
      const entry = (name: string, content: TarPart['body'], long: string): Buffer => {
        if (long === '') return tarEntry({ name, body: content });
        const whole = `${'deep/'.repeat(40)}${name}`;
        const before = long === 'L' ? `${whole}\0` : paxBody({ path: whole });
        return Buffer.concat([tarEntry({ name: 'meta', type: long, body: before }), tarEntry({ name, body: content })]);
      };
      const bytes = Buffer.concat([
        ...samples.flatMap(({ body, label, long, more, first }, i) => {
          const files = [entry(`${i}.jpg`, body, long)];
          if (labelled) files.splice(first ? 0 : 1, 0, entry(`${i}.cls`, String(label), long));
          if (more) files.push(entry(`${i}.txt`, 'a caption', long));
          return files;
        }),
        Buffer.alloc(1024),
      ]);
      folder.write('samples.tar', bytes);
      const found = await assertWithin(path, bytes, /$^/);
      expect(found?.map(({ name, body, label }) => [name, body.toString('hex'), label])).toEqual(
        samples.map(({ body, label, long }, i) => [
          `${long === '' ? '' : 'deep/'.repeat(40)}${i}.jpg`,
          Buffer.from(body).toString('hex'),
          labelled ? label : undefined,
        ]),
      );
      expect(readFileSync(path).equals(bytes)).toBe(true);
    }),
  );
});
