import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { readTorch, type StoredTensor, type TorchPlainDict, writeTorch } from '../index.js';
import { writePickle } from './write-pickle.js';
import { directory, localHeader } from './zip-records.js';

const folder = mkdtempSync(join(tmpdir(), 'hcsc-write-torch-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'some.pth');

const everyDtype: Record<string, StoredTensor> = {
  'z.float32': { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, -0, Number.NaN, 1e-45, -1 / 0, 3.5) },
  float64: { dtype: 'float64', shape: [2], data: Float64Array.of(Math.PI, 5e-324) },
  float16: { dtype: 'float16', shape: [1], data: Uint16Array.of(0x3c01) },
  bfloat16: { dtype: 'bfloat16', shape: [1, 1, 1], data: Uint16Array.of(0x3f81) },
  int8: { dtype: 'int8', shape: [2], data: Int8Array.of(-128, 127) },
  uint8: { dtype: 'uint8', shape: [3], data: Uint8Array.of(0, 128, 255) },
  int16: { dtype: 'int16', shape: [2], data: Int16Array.of(-32768, 32767) },
  int32: { dtype: 'int32', shape: [2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
  int64: { dtype: 'int64', shape: [], data: BigInt64Array.of(-(2n ** 63n)) },
  bool: { dtype: 'bool', shape: [2], data: Uint8Array.of(0, 1) },
  empty: { dtype: 'float32', shape: [3, 0, 2], data: new Float32Array(0) },
  'ünï.codé': { dtype: 'float32', shape: [300], data: Float32Array.from({ length: 300 }, (_, i) => i) },
};

describe('state dicts', () => {
  it('are read back in their order, every dtype and shape', async () => {
    await writeTorch(path, everyDtype);
    const { tensors } = await readTorch(path);
    expect(Object.entries(tensors)).toEqual(Object.entries(everyDtype));
  });

  it('may be empty', async () => {
    await writeTorch(path, {});
    expect(await readTorch(path)).toEqual({ tensors: {}, value: new Map() });
  });

  it('are part of their array where that is larger', async () => {
    const whole = Float32Array.of(9, 1, 2, 9);
    await writeTorch(path, { w: { dtype: 'float32', shape: [2], data: whole.subarray(1, 3) } });
    expect((await readTorch(path)).tensors.w?.data).toEqual(Float32Array.of(1, 2));
  });

  it('give the same bytes each time, storages aligned, with right checksums', async () => {
    await writeTorch(path, everyDtype);
    const first = readFileSync(path);
    await writeTorch(path, everyDtype);
    expect(readFileSync(path).equals(first)).toBe(true);

    // The list at the end, read by hand: 22 bytes of end, 46 bytes and a name an entry.
    const end = first.length - 22;
    let at = first.readUInt32LE(end + 16);
    const names: string[] = [];
    for (let i = 0; i < first.readUInt16LE(end + 10); i++) {
      const [crc, size, nameLength, local] = [
        first.readUInt32LE(at + 16),
        first.readUInt32LE(at + 24),
        first.readUInt16LE(at + 28),
        first.readUInt32LE(at + 42),
      ];
      const data = local + 30 + first.readUInt16LE(local + 26) + first.readUInt16LE(local + 28);
      expect(data % 64).toBe(0);
      expect([crc32(first.subarray(data, data + size)), first.readUInt32LE(local + 14)]).toEqual([crc, crc]);
      names.push(first.toString('utf8', at + 46, at + 46 + nameLength));
      at += 46 + nameLength;
    }
    expect(at).toBe(end);
    const storages = Object.keys(everyDtype).map((_, i) => `archive/data/${i}`);
    expect(names).toEqual(['archive/data.pkl', 'archive/byteorder', ...storages, 'archive/version']);
  });
});

describe('values beside the state dict', () => {
  const w: StoredTensor = { dtype: 'float32', shape: [1], data: Float32Array.of(2) };
  const roundTrip = async (value: TorchPlainDict) => {
    await writeTorch(path, { w }, { value });
    return readTorch(path);
  };

  it('are read back', async () => {
    const numbers = [0, -0, 1, -1, 255, 256, -129, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 53 - 1, 0.1];
    const bigs = [2n ** 63n, -(2n ** 63n), 2n ** 100n, -(2n ** 127n)];
    const odd = [Number.NaN, 1 / 0, -1 / 0, 2 ** 60];
    const value = {
      ...{ epoch: 3, arch: 'resnet18', 'best accuracy': 0.5, done: true, none: null, text: 'ünï\0' },
      ...{
        numbers,
        bigs,
        odd,
        args: new Map<number | null, string[]>([
          [7, ['a']],
          [null, []],
        ]),
        nothing: {},
      }, // prettier-ignore
    };
    const read = await roundTrip(value);
    expect(read.tensors).toEqual({ w });
    expect(read.value).toEqual(
      new Map<string, unknown>([
        ...Object.entries({ ...value, nothing: new Map() }),
        ['state_dict', new Map([['w', w]])],
      ]),
    ); // prettier-ignore
  });

  it('are refused if they are not plain, with the place', async () => {
    const itself: Record<string, unknown> = {};
    itself.again = [itself];
    const cases: [unknown, RegExp][] = [
      [{ a: { b: [1, undefined] } }, /Cannot write value\.a\.b\[1\] to a PyTorch file: needed null.*got undefined/],
      [{ when: new Date(0) }, /value\.when .*got Date/],
      [{ w: new Float32Array(1) }, /value\.w .*got Float32Array/],
      [itself, /value\.again\[0\] .*holds itself/],
      [new Map([[[], 1]]), /a key is an object/],
      [{ lone: '\ud800' }, /no valid Unicode/],
      [{ state_dict: 1 }, /value\.state_dict/],
    ];
    for (const [value, message] of cases) {
      await expect(roundTrip(value as TorchPlainDict)).rejects.toThrow(TypeError);
      await expect(roundTrip(value as TorchPlainDict)).rejects.toThrow(message);
    }
    await expect(roundTrip({ huge: 2n ** 2100n })).rejects.toThrow(RangeError);
  });
});

describe('what cannot be written', () => {
  it('is refused by name, and the former file stays', async () => {
    const cases: [unknown, RegExp][] = [
      [
        { dtype: 'uint16', shape: [1], data: new Uint16Array(1) },
        /Cannot write tensor "w" of dtype uint16: PyTorch files hold/,
      ],
      [{ dtype: 'complex64', shape: [1], data: new Float32Array(2) }, /of dtype complex64/],
      [{ dtype: 'float32', shape: [2], data: new Float32Array(3) }, /shape \[2\] needs 2 values, got 3/],
      [{ dtype: 'float32', shape: [-1], data: new Float32Array(1) }, /whole numbers, got \[-1\]/],
      [{ dtype: 'float32', shape: [1], data: new Float64Array(1) }, /needs a Float32Array/],
    ];
    writeFileSync(path, 'former');
    for (const [tensor, message] of cases) {
      await expect(writeTorch(path, { w: tensor as StoredTensor })).rejects.toThrow(message);
    }
    await expect(writeTorch(join(folder, 'nowhere', 'a.pth'), {})).rejects.toThrow(/ENOENT/);
    expect(readFileSync(path, 'utf8')).toBe('former');
    expect(readdirSync(folder)).toEqual(['some.pth']);
  });
});

it('positions and sizes beyond 4 GiB are in 64-bit records', async () => {
  const far = 2 ** 32 + 100;
  const pickle = writePickle([{ name: 'w', dtype: 'float32', shape: [2], key: '0' }]);
  const data = Buffer.from(Float32Array.of(1, 2).buffer);
  const first = { name: 'archive/data.pkl', size: pickle.length, crc: crc32(pickle), at: 0 };
  const second = { name: 'archive/data/0', size: data.length, crc: crc32(data), at: far };
  // A file with a hole between its entries, which takes no room on the disk.
  const file = openSync(join(folder, 'far.pth'), 'w');
  writeSync(file, Buffer.concat([localHeader(first), pickle]), 0, null, 0);
  const end = Buffer.concat([localHeader(second), data]);
  expect((far + end.length - data.length) % 64).toBe(0);
  writeSync(file, end, 0, null, far);
  writeSync(file, directory([first, second], far + end.length), 0, null, far + end.length);
  closeSync(file);
  expect((await readTorch(join(folder, 'far.pth'))).tensors.w?.data).toEqual(Float32Array.of(1, 2));

  const header = localHeader({ name: 'archive/data/0', size: far, crc: 7, at: 0 });
  expect([header.readUInt32LE(18), header.readUInt32LE(22)]).toEqual([0xffffffff, 0xffffffff]);
  const extra = header.subarray(30 + 'archive/data/0'.length);
  expect([extra.readUInt16LE(0), extra.readUInt16LE(2)]).toEqual([1, 16]);
  expect([extra.readBigUInt64LE(4), extra.readBigUInt64LE(12)]).toEqual([BigInt(far), BigInt(far)]);
  expect(header.length % 64).toBe(0);
});
