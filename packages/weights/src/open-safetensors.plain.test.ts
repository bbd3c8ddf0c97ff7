import { open, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSafetensors, readSafetensors, SafetensorsError, type StoredTensor, writeSafetensors } from './index.js';
import { folder, path } from './temporary-folder.fixture.js';
import { largestAllocation } from './torch/allocations.fixture.js';

const tensors: Record<string, StoredTensor> = {
  wide: { dtype: 'int64', shape: [2, 1], data: BigInt64Array.of(-1n, 2n ** 62n) },
  kernel: { dtype: 'float32', shape: [3, 2, 2], data: Float32Array.from({ length: 12 }, (_, i) => i / 8) },
  scale: { dtype: 'float32', shape: [], data: Float32Array.of(-0.5) },
  empty: { dtype: 'int16', shape: [0, 7], data: new Int16Array(0) },
  hollow: { dtype: 'int16', shape: [4, 0], data: new Int16Array(0) },
  mask: { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) },
};

describe('an open file', () => {
  it('gives what reading all of it gives, in any order and at the same time', async () => {
    await writeSafetensors(path, tensors, { metadata: { epoch: '4' }, checksum: true });
    const whole = await readSafetensors(path);
    const file = await openSafetensors(path);
    expect(file.metadata).toEqual(whole.metadata);
    expect(file.names()).toEqual(Object.keys(whole.tensors));
    for (const name of file.names()) {
      const { dtype, shape } = tensors[name]!;
      expect(file.info(name)).toEqual({ dtype, shape });
    }
    const names = [...file.names(), ...file.names().reverse()];
    expect(await Promise.all(names.map((name) => file.read(name)))).toEqual(names.map((name) => tensors[name]));
    await file.close();
  });

  it('gives every slice of the first axis', async () => {
    await writeSafetensors(path, tensors);
    const file = await openSafetensors(path);
    for (const [name, { dtype, shape, data }] of Object.entries(tensors).filter(([, { shape }]) => shape.length > 0)) {
      const [rows, ...row] = shape as [number, ...number[]];
      const width = row.reduce((size, dimension) => size * dimension, 1);
      for (let begin = 0; begin <= rows; begin++) {
        for (let end = begin; end <= rows; end++) {
          const values = data.slice(begin * width, end * width);
          expect(await file.rows(name, begin, end)).toEqual({ dtype, shape: [end - begin, ...row], data: values });
        }
      }
    }
    await file.close();
  });

  it('refuses names and rows that are not there', async () => {
    await writeSafetensors(path, tensors);
    const file = await openSafetensors(path);
    expect(() => file.info('toString')).toThrow(/no tensor "toString": its 6 are "wide", "kernel"/);
    await expect(file.read('bias')).rejects.toThrow(RangeError);
    await expect(file.rows('scale', 0, 0)).rejects.toThrow(/"scale": it is a scalar/);
    for (const [begin, end] of [
      [-1, 1],
      [2, 1],
      [0, 4],
      [0.5, 1],
      [0, Number.NaN],
    ] as const) {
      await expect(file.rows('kernel', begin, end)).rejects.toThrow(
        `Cannot read rows ${begin} to ${end} of tensor "kernel": it has rows 0 to 3`,
      );
    }
    await file.close();
  });

  it('reads nothing more once it is closed, by hand or by its scope', async () => {
    await writeSafetensors(path, tensors, { checksum: true });
    const file = await openSafetensors(path);
    const under = file.read('kernel');
    await file[Symbol.asyncDispose]();
    expect(await under).toEqual(tensors.kernel);
    await expect(file.read('kernel')).rejects.toThrow(`Cannot read tensor "kernel": ${path} was closed`);
    await expect(file.rows('kernel', 0, 1)).rejects.toThrow(/was closed/);
    await expect(file.verify()).rejects.toThrow(/was closed/);
    await file.close();
    expect(file.names()).toHaveLength(6);
  });

  it('checks the header at once, and leaves no file open if it is wrong', async () => {
    await writeFile(path, 'no such file');
    await expect(openSafetensors(path)).rejects.toThrow(SafetensorsError);
    await expect(openSafetensors(join(folder, 'none'))).rejects.toThrow(/ENOENT/);
  });

  it('says so when the file is cut while it is open', async () => {
    await writeSafetensors(path, tensors);
    const file = await openSafetensors(path);
    await truncate(path, (await readFile(path)).length - 1);
    await expect(file.read('mask')).rejects.toThrow(/it ended at byte \d+ while bytes up to \d+ were read/);
    expect(await file.read('kernel')).toEqual(tensors.kernel);
    await file.close();
  });
});

describe('verify', () => {
  it('tells a right file from one without a checksum and from an altered one', async () => {
    await writeSafetensors(path, tensors);
    const without = await openSafetensors(path);
    expect(await without.verify()).toBe(false);
    await without.close();
    await writeSafetensors(path, tensors, { checksum: true });
    const file = await openSafetensors(path);
    expect(await file.verify()).toBe(true);
    const bytes = await readFile(path);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(path, bytes);
    await expect(file.verify()).rejects.toThrow(/it was altered, or written only in part: its SHA-256 should be/);
    await file.close();
  });
});

describe('a file larger than memory', () => {
  const rows = 2 ** 24;
  const rowBytes = 4 * 512;
  const length = rows * rowBytes;

  it('is read by rows, holding only those', async () => {
    const header = Buffer.from(`{"features":{"dtype":"F32","shape":[${rows},512],"data_offsets":[0,${length}]}}   `);
    const start = Buffer.alloc(8);
    start.writeBigUInt64LE(BigInt(header.length));
    const last = Float32Array.from({ length: 512 }, (_, i) => i);
    const written = await open(path, 'w');
    await written.write(Buffer.concat([start, header]));
    await written.write(new Uint8Array(last.buffer), 0, rowBytes, 8 + header.length + length - rowBytes);
    await written.close();
    const most = await largestAllocation(async () => {
      const file = await openSafetensors(path);
      const { shape, data } = await file.rows('features', rows - 2, rows);
      expect(shape).toEqual([2, 512]);
      expect([...(data as Float32Array)]).toEqual([...new Float32Array(512), ...last]);
      await file.close();
    });
    expect(most).toBe(2 * rowBytes);
    await expect(readSafetensors(path)).rejects.toThrow(
      new RegExp(`Cannot hold ${length} bytes of .* at once .*: openSafetensors reads parts of it`),
    );
  });

  it('is verified in pieces', async () => {
    const data = new Float32Array(2 ** 21).map((_, i) => i);
    await writeSafetensors(path, { data: { dtype: 'float32', shape: [data.length], data } }, { checksum: true });
    const file = await openSafetensors(path);
    expect(await largestAllocation(async () => expect(await file.verify()).toBe(true))).toBeLessThanOrEqual(2 ** 20);
    await file.close();
  });
});
