import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSafetensors, type StoredTensor, writeSafetensors } from './index.js';
import { folder, path } from './temporary-folder.fixture.js';

/** A file made by hand: the length of the header, the header, the data. */
function file(header: string | object, data: Uint8Array | readonly number[] = [], claimed?: bigint): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(claimed ?? BigInt(json.length));
  return Buffer.concat([length, json, Buffer.from(data)]);
}

const every: Record<string, StoredTensor> = {
  bool: { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) },
  uint8: { dtype: 'uint8', shape: [2], data: Uint8Array.of(0, 255) },
  int8: { dtype: 'int8', shape: [2], data: Int8Array.of(-128, 127) },
  int16: { dtype: 'int16', shape: [2], data: Int16Array.of(-32768, 32767) },
  uint16: { dtype: 'uint16', shape: [1], data: Uint16Array.of(65535) },
  float16: { dtype: 'float16', shape: [1], data: Uint16Array.of(0x3c00) },
  bfloat16: { dtype: 'bfloat16', shape: [1], data: Uint16Array.of(0x3f80) },
  int32: { dtype: 'int32', shape: [2, 1], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
  uint32: { dtype: 'uint32', shape: [1], data: Uint32Array.of(2 ** 32 - 1) },
  float32: { dtype: 'float32', shape: [2, 2], data: Float32Array.of(-0, Number.NaN, Number.POSITIVE_INFINITY, 1e-45) },
  float64: { dtype: 'float64', shape: [], data: Float64Array.of(Math.PI) },
  int64: { dtype: 'int64', shape: [1], data: BigInt64Array.of(-(2n ** 63n)) },
  uint64: { dtype: 'uint64', shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) },
  nothing: { dtype: 'float32', shape: [0, 7], data: new Float32Array(0) },
  'odd "name"\n✓': { dtype: 'uint8', shape: [1], data: Uint8Array.of(7) },
  '0': { dtype: 'uint8', shape: [1], data: Uint8Array.of(8) },
};

describe('round trip', () => {
  it('keeps every dtype, shape, name and bit', async () => {
    await writeSafetensors(path, every, { metadata: { epoch: '3', note: 'τ = 0.2' } });
    const { tensors, metadata } = await readSafetensors(path);
    expect(tensors).toEqual(every);
    expect(Object.is(tensors.float32?.data[0], -0)).toBe(true);
    expect(metadata).toEqual({ epoch: '3', note: 'τ = 0.2' });
  });

  it('keeps a file without tensors, and names that objects treat specially', async () => {
    await writeSafetensors(path, {});
    expect(await readSafetensors(path)).toEqual({ tensors: {}, metadata: {} });
    const special = Object.fromEntries([['__proto__', { dtype: 'uint8', shape: [1], data: Uint8Array.of(1) }]]);
    await writeSafetensors(path, special as Record<string, StoredTensor>);
    expect(Object.keys((await readSafetensors(path)).tensors)).toEqual(['__proto__']);
  });

  it('reads typed arrays that are views into larger buffers', async () => {
    const data = new Float32Array(10).map((_, i) => i).subarray(3, 5);
    await writeSafetensors(path, { view: { dtype: 'float32', shape: [2], data } });
    expect((await readSafetensors(path)).tensors.view?.data).toEqual(Float32Array.of(3, 4));
  });
});

describe('bytes', () => {
  it('writes what the format says, byte for byte', async () => {
    const header =
      '{"__metadata__":{"k":"v"},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"BOOL","shape":[1],"data_offsets":[8,9]}}';
    await writeSafetensors(
      path,
      {
        a: { dtype: 'bool', shape: [1], data: Uint8Array.of(1) },
        b: { dtype: 'float32', shape: [2], data: Float32Array.of(1, -2) },
      },
      { metadata: { k: 'v' } },
    );
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8, ' ');
    expect(await readFile(path)).toEqual(file(padded, [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 1]));
  });

  it('orders tensors as the reference implementation does: wide dtypes first, then by name', async () => {
    await writeSafetensors(path, { ...every, another: { dtype: 'float32', shape: [1], data: Float32Array.of(1) } });
    const names = [...(await readFile(path, 'latin1')).matchAll(/"(\w+)":\{"dtype"/g)].map(([, name]) => name);
    expect(names.join(' ')).toBe(
      'uint64 int64 float64 another float32 nothing uint32 int32 bfloat16 float16 uint16 int16 int8 0 uint8 bool',
    );
  });

  it('aligns the data, and every tensor to its own width', async () => {
    await writeSafetensors(path, every);
    const bytes = await readFile(path);
    const length = Number(bytes.readBigUInt64LE());
    expect(length % 8).toBe(0);
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<
      string,
      { dtype: string; data_offsets: [number, number] }
    >;
    expect(Object.keys(header)).toHaveLength(Object.keys(every).length);
    for (const { dtype, data_offsets } of Object.values(header)) {
      const bits = Number(/\d+$/.exec(dtype)?.[0] ?? 8);
      expect(data_offsets[0] % (bits / 8)).toBe(0);
    }
  });

  it('reads a file made by hand, unpadded and in any order', async () => {
    const header = {
      b: { dtype: 'I32', shape: [], data_offsets: [1, 5] },
      a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
    };
    await writeFile(path, file(header, [9, 1, 2, 0, 0]));
    expect((await readSafetensors(path)).tensors).toEqual({
      a: { dtype: 'uint8', shape: [1], data: Uint8Array.of(9) },
      b: { dtype: 'int32', shape: [], data: Int32Array.of(513) },
    });
  });
});

describe('files that are refused', () => {
  const a = { dtype: 'U8', shape: [4], data_offsets: [0, 4] };
  const data = [1, 2, 3, 4];
  const refused: [string, Buffer, RegExp][] = [
    ['empty', Buffer.alloc(0), /header's length in 8 bytes, it has 0/],
    ['cut in the header', file({ a }, data).subarray(0, 30), /cut short: its header needs \d+ bytes, 22 follow/],
    ['cut in the data', file({ a }, data).subarray(0, -1), /cut short: its tensors need 4 bytes .* has 3/],
    ['longer than its tensors', file({ a }, [...data, 5]), /take 4 bytes .* has 5/],
    ['a header too long', file('{}', [], 100_000_001n), /at most 100000000 bytes, this one claims 100000001/],
    ['a header length near 2^64', file('{}', [], 2n ** 64n - 1n), /claims 18446744073709551615/],
    ['no JSON', file('{"a" 3'), /header should be JSON/],
    ['bad UTF-8', Buffer.concat([file('', [], 2n), Buffer.of(0xc3, 0x28)]), /header should be JSON/],
    ['no object', file('[1]'), /JSON object, found \[1\]/],
    ['an unknown dtype', file({ a: { ...a, dtype: 'F8_E4M3' } }, data), /"a" has dtype "F8_E4M3", known are BOOL, U8/],
    ['a dtype that is an inherited name', file({ a: { ...a, dtype: 'toString' } }, data), /"a" has dtype "toString"/],
    ['no entry', file({ a: 3 }), /"a" should have an object, found 3/],
    ['a negative dimension', file({ a: { ...a, shape: [-4] } }, data), /whole numbers, found \[-4\]/],
    ['a shape beyond the bytes', file({ a: { ...a, shape: [5] } }, data), /needs 5 bytes, .* hold 4/],
    [
      'a shape beyond all numbers',
      file({ a: { ...a, shape: Array(40).fill(2 ** 40) } }, data),
      /shape beyond 2\^53 bytes, found \[1099511627776,/,
    ],
    ['offsets backwards', file({ a: { ...a, data_offsets: [4, 0] } }, data), /\[begin, end\], found \[4,0\]/],
    ['three offsets', file({ a: { ...a, data_offsets: [0, 4, 4] } }, data), /\[begin, end\], found \[0,4,4\]/],
    [
      'overlapping tensors',
      file({ a, b: { dtype: 'U8', shape: [2], data_offsets: [3, 5] } }, [...data, 5]),
      /"b" begins at byte 3 and overlaps tensor "a", which ends at byte 4/,
    ],
    ['a gap', file({ a: { ...a, data_offsets: [1, 5] } }, [0, ...data]), /bytes 0 to 1 belong to no tensor/],
    ['metadata that is no string', file({ __metadata__: { epoch: 3 } }), /strings to strings, found "epoch": 3/],
  ];

  it.each(refused)('%s', async (_, bytes, message) => {
    await writeFile(path, bytes);
    const error = (await readSafetensors(path).catch((caught) => caught)) as Error;
    expect(error.name).toBe('SafetensorsError');
    expect(error.message).toContain(path);
    expect(error.message).toMatch(message);
  });

  it('a file that is not there', async () => {
    await expect(readSafetensors(path)).rejects.toThrow(/ENOENT/);
  });
});

describe('tensors that are refused', () => {
  const refused: [string, unknown, RegExp][] = [
    ['an unknown dtype', { dtype: 'string', shape: [1], data: ['x'] }, /"x" of dtype string/],
    [
      'data of another dtype',
      { dtype: 'float32', shape: [1], data: Float64Array.of(1) },
      /float32 needs a Float32Array/,
    ],
    ['too few values', { dtype: 'uint8', shape: [3], data: Uint8Array.of(1) }, /shape \[3\] needs 3 values, got 1/],
    ['a fractional shape', { dtype: 'uint8', shape: [0.5, 2], data: Uint8Array.of(1) }, /whole numbers, got \[0.5,2\]/],
  ];

  it.each(refused)('%s: the former file stays, nothing is left beside it', async (_, tensor, message) => {
    await writeSafetensors(path, { a: every.uint8! });
    await expect(writeSafetensors(path, { a: every.uint8!, x: tensor as StoredTensor })).rejects.toThrow(message);
    expect((await readSafetensors(path)).tensors).toEqual({ a: every.uint8 });
    expect(await readdir(folder)).toEqual(['some.safetensors']);
  });

  it('the reserved name, and metadata that is no string', async () => {
    await expect(writeSafetensors(path, { __metadata__: every.uint8! })).rejects.toThrow(
      /cannot be named __metadata__/,
    );
    const metadata = { epoch: 3 } as unknown as Record<string, string>;
    await expect(writeSafetensors(path, {}, { metadata })).rejects.toThrow(/"epoch" is of type number/);
    expect(await readdir(folder)).toEqual([]);
  });

  it('a folder that is not there', async () => {
    await expect(writeSafetensors(join(folder, 'no', 'x.safetensors'), {})).rejects.toThrow(/ENOENT/);
  });
});
