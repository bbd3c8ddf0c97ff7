import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dispose, memory, ones, scalar, tensor1d } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { writeSafetensors } from './index.js';

let folder: string;
let path: string;
let former: Buffer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weights-'));
  path = join(folder, 'some.safetensors');
  const data = Float32Array.of(1, 2);
  await writeSafetensors(path, { weight: { dtype: 'float32', shape: [2], data } }, { checksum: true });
  former = await readFile(path);
});

afterEach(async () => {
  expect(await readdir(folder)).toEqual(['some.safetensors']);
  await rm(folder, { recursive: true });
});

it('a backend that fails to give a tensor leaves the former file and nothing beside it', async () => {
  const tensors = { a: ones([4]), b: ones([2]) };
  const made = memory().numTensors;
  vi.spyOn(tensors.b, 'data').mockRejectedValue(new Error('lost device'));
  await expect(writeSafetensors(path, tensors, { checksum: true })).rejects.toThrow('lost device');
  vi.spyOn(tensors.b, 'data').mockResolvedValue(new Float32Array(1) as never);
  await expect(writeSafetensors(path, tensors)).rejects.toThrow('"b": expected 8 bytes, its backend gave 4');
  expect(memory().numTensors).toBe(made);
  expect(await readFile(path)).toEqual(former);
  dispose(tensors);
});

it('a tensor that is not finite is refused by name, place and value', async () => {
  const tensors = { loss: scalar(Number.NaN), mask: tensor1d([true, false], 'bool') };
  await expect(writeSafetensors(path, tensors, { finite: true })).rejects.toThrow(
    new RangeError('Cannot write tensor "loss": value 0 is NaN, and only finite values were asked for'),
  );
  expect(await readFile(path)).toEqual(former);
  dispose(tensors);
});
