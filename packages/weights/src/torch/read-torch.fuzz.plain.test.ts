import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { goldenFolder } from '@hcsc/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dtypes, sizeOf } from '../dtype.js';
import { readTorch, type TorchFile, TorchFileError } from '../index.js';
import { largestAllocation } from './allocations.fixture.js';
import { legacyFile, op, temporaryFiles, zipFile } from './torch-files.fixture.js';

const write = temporaryFiles();
const folder = join(goldenFolder(), 'pth');
const goldenNames = Object.keys(JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')).inputs);

/** The same cases each time; HCSC_FUZZ=seed,runs for others and more. */
const [seed = 1, numRuns = 300] = (process.env.HCSC_FUZZ ?? '').split(',').filter(Boolean).map(Number);
const runs = <T>(property: fc.IAsyncProperty<T>) =>
  fc.assert(property, { seed, numRuns, interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true });

/** What can happen to a file: a byte set to another value, the end cut off, bytes put in or left out. */
type Damage = readonly [kind: 'set' | 'cut' | 'insert' | 'leave out', at: number, bytes: Uint8Array];

const anyDamage = (length: number): fc.Arbitrary<readonly Damage[]> => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 12 }),
    fc.constantFrom(
      ...['\xff\xff\xff\xff', '\xff\xff\xff\x7f', 'R', 'cposix\nsystem\n', '(', 't', 'e'].map((text) =>
        Buffer.from(text, 'latin1'),
      ),
    ),
  );
  const kind = fc.constantFrom(
    'set' as const,
    'set' as const,
    'set' as const,
    'cut' as const,
    'insert' as const,
    'leave out' as const,
  );
  return fc.array(fc.tuple(kind, fc.nat(length), bytes), { minLength: 1, maxLength: 3 });
};

const damaged = (file: Buffer, damages: readonly Damage[]): Buffer =>
  damages.reduce((whole, [kind, at, bytes]) => {
    const before = whole.subarray(0, at);
    if (kind === 'cut') return before;
    if (kind === 'insert') return Buffer.concat([before, bytes, whole.subarray(at)]);
    if (kind === 'leave out') return Buffer.concat([before, whole.subarray(at + bytes.length)]);
    return Buffer.concat([before, bytes, whole.subarray(at + bytes.length)]).subarray(0, whole.length);
  }, file);

/** What a file holds; null if it is refused. Anything else fails the test. */
async function orRefused(bytes: Uint8Array, objects: 'refuse' | 'skip' = 'refuse'): Promise<TorchFile | null> {
  const path = write('fuzzed.pth', bytes);
  let file: TorchFile | null = null;
  const most = await largestAllocation(async () => {
    file = await readTorch(path, { objects }).catch((error: unknown) => {
      expect(error).toBeInstanceOf(TorchFileError);
      expect((error as Error).message.length).toBeLessThan(1500);
      return null;
    });
  });
  expect(most).toBeLessThanOrEqual(4 * bytes.length + 2 ** 24);
  return file;
}

it('the watch on allocations sees them', async () => {
  expect(await largestAllocation(async () => new Float64Array(9))).toBe(72);
  expect(await largestAllocation(async () => new ArrayBuffer(9))).toBe(9);
});

describe.each(goldenNames)('%s, damaged', (name) => {
  const good = readFileSync(join(folder, name));
  const isZip = good.toString('latin1', 0, 2) === 'PK';

  it('is read right or refused', async () => {
    const whole = await readTorch(join(folder, name));
    await runs(
      fc.asyncProperty(anyDamage(good.length), async (damages) => {
        for (const objects of ['refuse', 'skip'] as const) {
          const file = await orRefused(damaged(good, damages), objects);
          // The zip container has checksums; in the older one values may change, but stay in their storage.
          if (file && isZip) expect(file).toEqual(whole);
          for (const { dtype, shape, data } of Object.values(file?.tensors ?? {})) {
            expect(data).toBeInstanceOf(dtypes[dtype].array);
            expect(data.length).toBe(sizeOf(shape));
          }
        }
      }),
    );
  });

  it('is refused if cut anywhere', async () => {
    const step = Math.ceil(good.length / 1500);
    for (let length = 0; length < good.length; length += step) {
      expect(await orRefused(good.subarray(0, length)), `${length} bytes`).toBeNull();
    }
  });
});

it('any view is read as slow arithmetic says, or refused if it leaves its storage', async () => {
  const dimension = fc.record({ size: fc.nat(4), stride: fc.oneof(fc.nat(7), fc.constantFrom(2 ** 31, 2 ** 53 - 1)) });
  const view = fc.record({ offset: fc.nat(6), dimensions: fc.array(dimension, { maxLength: 4 }) });
  const cases = fc.tuple(fc.nat(40), fc.array(view, { minLength: 1, maxLength: 3 }), fc.boolean());
  let [read, refused] = [0, 0];
  await runs(
    fc.asyncProperty(cases, async ([length, views, isLegacy]) => {
      const values = Int16Array.from({ length }, (_, i) => 3 * i - 7);
      const storage = op.storage('ShortStorage', 's', length, ...(isLegacy ? ['N'] : []));
      const tensors = views.map(({ offset, dimensions }) =>
        op.tensor(
          storage,
          offset,
          dimensions.map(({ size }) => size),
          dimensions.map(({ stride }) => stride),
        ),
      );
      const pickle = op.pickle('](', ...tensors, 'e');
      const bytes = new Uint8Array(values.buffer);
      const file = await orRefused(
        isLegacy ? legacyFile(pickle, { s: [length, bytes] }) : zipFile(pickle, { s: bytes }),
      );
      const places = views.map(({ offset, dimensions }) =>
        dimensions.reduce<number[]>(
          (all, { size, stride }) => all.flatMap((place) => Array.from({ length: size }, (_, i) => place + i * stride)),
          [offset],
        ),
      );
      const inside = places.flat().every((place) => place < length);
      expect(file !== null).toBe(inside);
      if (inside) read++;
      else refused++;
      for (const [i, own] of places.entries()) {
        if (file) expect([...file.tensors[i]!.data]).toEqual(own.map((place) => values[place]));
      }
    }),
  );
  expect(Math.min(read, refused)).toBeGreaterThan(numRuns / 20);
});

it('any sequence of opcodes ends with a value or a refusal', async () => {
  const codes = [
    ...'().NJKMGXUcQRbaestuhqjr}]',
    '\x85',
    '\x86',
    '\x87',
    '\x88',
    '\x8a\x01\x02',
    '\x8c',
    '\x93',
    '\x94',
    '\x81',
    '\x92',
    'C\x01\xff',
  ];
  const piece = fc.oneof(
    fc.constantFrom(...codes).map((code) => Buffer.from(code, 'latin1')),
    fc.constantFrom('', 'k', 'w').map(op.text),
    fc.nat(3).map((index) => op.of('h', Uint8Array.of(index))),
    fc.constantFrom('OrderedDict', 'Counter').map((name) => op.global('collections', name)),
    fc.constant(op.storage('FloatStorage', '0', 1)),
    fc.constant(op.tensor(op.storage('FloatStorage', '0', 1), 0, [1], [1])),
  );
  await runs(
    fc.asyncProperty(fc.array(piece, { maxLength: 25 }), async (pieces) => {
      for (const objects of ['refuse', 'skip'] as const) {
        const file = await orRefused(zipFile(op.pickle(...pieces), { 0: new Uint8Array(4) }), objects);
        for (const { data } of Object.values(file?.tensors ?? {})) expect([...data]).toEqual([0]);
      }
    }),
  );
});
