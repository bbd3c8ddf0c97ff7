import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dispose, memory, scalar, tensor, tensor1d, tensor2d, variable } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readSafetensors, type StoredTensor, toTensors, writeSafetensors } from './index.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weights-'));
});

afterEach(() => rm(folder, { recursive: true }));

it('keeps tensors and variables through a file, and leaves the inputs alone', async () => {
  const path = join(folder, 'net.safetensors');
  const before = memory().numTensors;
  const initial = tensor1d([1, 2]);
  const tensors = {
    weight: tensor2d([0.1, -0, 3e38, 1e-30, 5, 6], [2, 3]),
    bias: variable(initial),
    steps: scalar(7, 'int32'),
    mask: tensor1d([true, false], 'bool'),
    empty: tensor([], [0, 4]),
  };
  const made = memory().numTensors;
  await writeSafetensors(path, tensors);
  expect(memory().numTensors).toBe(made);
  const back = toTensors((await readSafetensors(path)).tensors);
  expect(Object.keys(back).sort()).toEqual(Object.keys(tensors).sort());
  for (const [name, expected] of Object.entries(tensors)) {
    expect(back[name]?.dtype).toBe(expected.dtype);
    expect(back[name]?.shape).toEqual(expected.shape);
    expect([...back[name]!.dataSync()]).toEqual([...expected.dataSync()]);
  }
  expect(memory().numTensors).toBe(made + 5);
  dispose(back);
  dispose(tensors);
  initial.dispose();
  expect(memory().numTensors).toBe(before);
});

it('turns other dtypes into float32 and int32', () => {
  const tensors = toTensors({
    wide: { dtype: 'float64', shape: [2], data: Float64Array.of(0.1, -2) },
    half: { dtype: 'float16', shape: [1], data: Uint16Array.of(0x3555) },
    brain: { dtype: 'bfloat16', shape: [1, 1], data: Uint16Array.of(0xc040) },
    big: { dtype: 'int64', shape: [2], data: BigInt64Array.of(-5n, 2n ** 31n - 1n) },
    small: { dtype: 'uint8', shape: [2], data: Uint8Array.of(0, 255) },
  });
  const seen = Object.entries(tensors).map(([name, t]) => [name, t.dtype, t.shape, ...t.dataSync()]);
  expect(seen).toEqual([
    ['wide', 'float32', [2], Math.fround(0.1), -2],
    ['half', 'float32', [1], 0.333251953125],
    ['brain', 'float32', [1, 1], -3],
    ['big', 'int32', [2], -5, 2 ** 31 - 1],
    ['small', 'int32', [2], 0, 255],
  ]);
  dispose(tensors);
});

it('refuses integers beyond int32 and leaves no tensor behind', () => {
  const before = memory().numTensors;
  const good: StoredTensor = { dtype: 'float32', shape: [1], data: Float32Array.of(1) };
  const bad: StoredTensor = { dtype: 'int64', shape: [1], data: BigInt64Array.of(2n ** 31n) };
  expect(() => toTensors({ good, steps: bad })).toThrow(/"steps" \(int64\) holds 2147483648/);
  expect(memory().numTensors).toBe(before);
});

it('writes nothing when a tensor is gone or of no stored dtype', async () => {
  const path = join(folder, 'net.safetensors');
  const gone = scalar(1);
  gone.dispose();
  await expect(writeSafetensors(path, { gone })).rejects.toThrow(/disposed/);
  const text = tensor(['a'], [1], 'string');
  await expect(writeSafetensors(path, { text })).rejects.toThrow(/"text" of dtype string/);
  text.dispose();
  expect(await readdir(folder)).toEqual([]);
});
