import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readSafetensors, type StoredTensor, writeSafetensors } from './index.js';
import { folder, path } from './temporary-folder.fixture.js';

const tensors: Record<string, StoredTensor> = {
  mask: { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) },
};

describe('finite', () => {
  const cases: [StoredTensor, string][] = [
    [{ dtype: 'float32', shape: [3], data: Float32Array.of(0, 3e38, Number.NaN) }, '2 is NaN'],
    [{ dtype: 'float64', shape: [2], data: Float64Array.of(Number.POSITIVE_INFINITY, Number.NaN) }, '0 is Infinity'],
    [{ dtype: 'float16', shape: [2], data: Uint16Array.of(0x7bff, 0xfc00) }, '1 is -Infinity'],
    [{ dtype: 'bfloat16', shape: [2], data: Uint16Array.of(0xff7f, 0x7fc0) }, '1 is NaN'],
  ];

  it.each(cases)('refuses what is not: the former file stays (%#)', async (tensor, found) => {
    await writeSafetensors(path, tensors, { checksum: true });
    const former = await readFile(path);
    const write = writeSafetensors(path, { ...tensors, 'query/kernel': tensor }, { finite: true });
    await expect(write).rejects.toThrow(
      new RangeError(`Cannot write tensor "query/kernel": value ${found}, and only finite values were asked for`),
    );
    expect(await readFile(path)).toEqual(former);
    expect(await readdir(folder)).toEqual(['some.safetensors']);
    await writeSafetensors(path, { tensor });
  });

  it('writes what is, and integers of the same bits', async () => {
    const finite: Record<string, StoredTensor> = {
      large: { dtype: 'float32', shape: [2], data: Float32Array.of(3.4e38, -1e-45) },
      half: { dtype: 'float16', shape: [2], data: Uint16Array.of(0xfbff, 0x8001) },
      brain: { dtype: 'bfloat16', shape: [1], data: Uint16Array.of(0x7f7f) },
      count: { dtype: 'uint16', shape: [1], data: Uint16Array.of(0x7fff) },
      step: { dtype: 'int64', shape: [1], data: BigInt64Array.of(-1n) },
    };
    await writeSafetensors(path, finite, { finite: true });
    expect((await readSafetensors(path)).tensors).toEqual(finite);
  });
});

describe('a disk that takes no more', () => {
  /** Writes 1 MiB in a process whose files may have 64 KiB, and prints what it was told. */
  const write = `
    import { writeSafetensors } from '${new URL('./write-safetensors.ts', import.meta.url)}';
    const data = new Uint8Array(2 ** 20);
    const written = writeSafetensors(process.argv[1], { data: { dtype: 'uint8', shape: [2 ** 20], data } }, { checksum: true });
    await written.catch(({ code, message }) => console.log(JSON.stringify({ code, message })));
  `;

  it('leaves the former file, nothing beside it, and says which file could not be written', async () => {
    await writeSafetensors(path, tensors, { checksum: true });
    const former = await readFile(path);
    const { stdout } = await promisify(execFile)(
      'bash',
      [
        '-c',
        'ulimit -f 64 && exec "$@"',
        'bash',
        process.execPath,
        '--import',
        'tsx',
        '--input-type=module',
        '-e',
        write,
        path,
      ],
      {
        cwd: new URL('../../..', import.meta.url),
        env: { ...process.env, TSX_DISABLE_CACHE: '1', NODE_OPTIONS: '' },
        timeout: 50_000,
      },
    );
    const { code, message } = JSON.parse(stdout);
    expect(code).toBe('EFBIG');
    expect(message).toBe(`Cannot write ${path}: EFBIG: file too large, write`);
    expect(await readFile(path)).toEqual(former);
    expect(await readdir(folder)).toEqual(['some.safetensors']);
  });
});
