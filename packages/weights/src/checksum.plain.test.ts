import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readSafetensors, SafetensorsError, type StoredTensor, writeSafetensors } from './index.js';
import { path } from './temporary-folder.fixture.js';

const tensors: Record<string, StoredTensor> = {
  kernel: { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, -2, 3, 4) },
  empty: { dtype: 'float32', shape: [0], data: new Float32Array(0) },
  mask: { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) },
};
const metadata = { 7: 'a name that looks like a number', zeros: '0'.repeat(64), note: `"sha256":"${'0'.repeat(64)}"` };

/** Does it read, and if so, what? */
const problem = async (bytes: Uint8Array) => {
  await writeFile(path, bytes);
  return readSafetensors(path).then(
    () => null,
    (error: Error) => error,
  );
};

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

describe('a checksum', () => {
  it('is the SHA-256 of the file with zeros for its digits, as anyone can compute it', async () => {
    await writeSafetensors(path, tensors, { metadata, checksum: true });
    const file = await readFile(path, 'latin1');
    const { __metadata__: kept } = JSON.parse(file.slice(8, 8 + (await readFile(path)).readUInt32LE()));
    expect(kept).toEqual({
      ...metadata,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      sha256_of: 'this file, with zeros for the 64 digits of sha256',
    });
    expect(sha256(Buffer.from(file.replace(kept.sha256, '0'.repeat(64)), 'latin1'))).toBe(kept.sha256);
    expect(await readSafetensors(path)).toEqual({ tensors, metadata: kept });
  });

  it('depends on the tensors and metadata alone', async () => {
    await writeSafetensors(path, tensors, { metadata, checksum: true });
    const first = await readFile(path);
    const { metadata: read } = await readSafetensors(path);
    await writeSafetensors(path, tensors, { metadata: read, checksum: true });
    expect(await readFile(path)).toEqual(first);
    await writeSafetensors(path, tensors, { metadata: { ...read, note: 'other' }, checksum: true });
    expect((await readSafetensors(path)).metadata.sha256).not.toBe(read.sha256);
  });

  it('is not there unless asked for, nor that of the file the metadata came from', async () => {
    await writeSafetensors(path, tensors, { metadata });
    const without = await readFile(path);
    await writeSafetensors(path, tensors, { metadata, checksum: true });
    const { metadata: read } = await readSafetensors(path);
    await writeSafetensors(path, tensors, { metadata: read });
    expect(await readFile(path)).toEqual(without);
  });

  it('keeps no other text of its names', async () => {
    for (const key of ['sha256', 'sha256_of']) {
      await expect(writeSafetensors(path, tensors, { metadata: { [key]: 'abc' }, checksum: true })).rejects.toThrow(
        new TypeError(`Metadata "${key}" cannot be "abc" in a file with a checksum, which has that name`),
      );
    }
    await writeSafetensors(path, tensors, { metadata: { sha256: 'abc', sha256_of: 'that' } });
    expect((await readSafetensors(path)).metadata).toEqual({ sha256: 'abc', sha256_of: 'that' });
  });

  it('of a file larger than one piece is kept and compared', async () => {
    const data = new Uint8Array(2 ** 24 + 2 ** 20 + 3).map((_, i) => i * i);
    await writeSafetensors(path, { data: { dtype: 'uint8', shape: [data.length], data } }, { checksum: true });
    expect(Buffer.from((await readSafetensors(path)).tensors.data!.data as Uint8Array).equals(data)).toBe(true);
    const bytes = await readFile(path);
    bytes[bytes.length - 1]! ^= 1;
    expect(await problem(bytes)).toBeInstanceOf(SafetensorsError);
  });

  it('finds every altered byte: in the length, the header, the digits, the padding and the data', async () => {
    await writeSafetensors(path, tensors, { metadata: { epoch: '3' }, checksum: true });
    const good = await readFile(path);
    expect(await problem(good)).toBeNull();
    for (let at = 0; at < good.length; at++) {
      for (const other of new Set([good[at]! ^ (1 << (at % 8)), good[at]! ^ 0x20, ...Buffer.from('"\\')])) {
        if (other === good[at]) continue;
        const bytes = Buffer.from(good);
        bytes[at] = other;
        expect(await problem(bytes), `byte ${at} as ${other}`).toBeInstanceOf(SafetensorsError);
      }
    }
  });

  it('says so, with both sums', async () => {
    await writeSafetensors(path, tensors, { checksum: true });
    const bytes = await readFile(path);
    const digits = /"sha256":"(\w{64})"/.exec(bytes.toString('latin1'))![1]!;
    bytes[bytes.length - 1]! ^= 1;
    const is = sha256(Buffer.from(bytes.toString('latin1').replace(digits, '0'.repeat(64)), 'latin1'));
    expect((await problem(bytes))?.message).toBe(
      `${path} is no valid safetensors file: it was altered, or written only in part: its SHA-256 should be ${digits}, is ${is}`,
    );
  });

  it.each([true, false])('%s: a file cut at any byte is refused', async (checksum) => {
    await writeSafetensors(path, tensors, { metadata, checksum });
    const good = await readFile(path);
    for (let length = 0; length < good.length; length++) {
      expect(await problem(good.subarray(0, length)), `${length} bytes`).toBeInstanceOf(SafetensorsError);
    }
  });

  it('is compared wherever the header has it, and left alone if it is of another form', async () => {
    const file = (json: string) => {
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(Buffer.byteLength(json)));
      return Buffer.concat([length, Buffer.from(json), Uint8Array.of(5)]);
    };
    const header = (digits: string) =>
      `{"τ":{"dtype":"U8","shape":[1],"data_offsets":[0,1]} , "__metadata__" : { "0":"τ", "a\\"sha256" : "${digits}", "sha256" : "${digits}"} }`;
    const zeroed = header('_').replace(/_"} }/, `${'0'.repeat(64)}"} }`);
    const find = (digits: string) => zeroed.replace('"_"', `"${digits}"`);
    // The other text is no digits: any value will do, and counts as it is.
    const sum = sha256(file(find('some')));
    const right = find('some').replace('0'.repeat(64), sum);
    expect(await problem(file(right))).toBeNull();
    expect(await problem(file(right.replace('some', 'same')))).toBeInstanceOf(SafetensorsError);
    for (const other of ['', 'abc', sum.toUpperCase().replace(/^./, 'F'), `0x${sum}`, `${sum.slice(1)}g`]) {
      expect(await problem(file(find('some').replace('0'.repeat(64), other)))).toBeNull();
    }
  });
});
