import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dispose, memory, scalar, type Tensor, tensor1d, tensor2d, variable } from '@tensorflow/tfjs-core';
import { afterAll, expect, it } from 'vitest';
import { readTorch, writeTorch } from '../index.js';

const folder = mkdtempSync(join(tmpdir(), 'hcsc-write-torch-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'some.pth');

it('writes tensors of the backend, and leaves them as they were', async () => {
  const kernel = tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  const tensors = {
    kernel: variable(kernel),
    counts: tensor1d([1, -2], 'int32'),
    mask: tensor1d([true, false], 'bool'),
    loss: scalar(0.5),
  };
  const before = memory().numTensors;
  await writeTorch(path, tensors, { value: { epoch: 1 } });
  expect(memory().numTensors).toBe(before);
  expect((await readTorch(path)).tensors).toEqual({
    kernel: { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    counts: { dtype: 'int32', shape: [2], data: Int32Array.of(1, -2) },
    mask: { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
    loss: { dtype: 'float32', shape: [], data: Float32Array.of(0.5) },
  });
  dispose([kernel, ...Object.values<Tensor>(tensors)]);
});

it('refuses a tensor of strings, and one disposed while it is written, leaving nothing behind', async () => {
  const words = tensor1d(['a']);
  const gone = tensor1d([1]);
  gone.dispose();
  const before = memory().numTensors;
  await expect(writeTorch(join(folder, 'b.pth'), { words })).rejects.toThrow(/"words" of dtype string/);
  await expect(writeTorch(join(folder, 'b.pth'), { gone })).rejects.toThrow(/disposed/);
  expect(memory().numTensors).toBe(before);
  expect(readdirSync(folder)).toEqual(['some.pth']);
  words.dispose();
});
