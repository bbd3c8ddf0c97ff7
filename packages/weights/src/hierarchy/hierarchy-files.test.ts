import { readFile, writeFile } from 'node:fs/promises';
import { type Hierarchy, hierarchicalKMeans, hierarchyTensors } from '@hcsc/kmeans';
import { createRng } from '@hcsc/random';
import { div, memory, norm, type Tensor, type Tensor2D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadHierarchy, readSafetensors, type StoredTensor, saveHierarchy, writeSafetensors } from '../index.js';
import { path } from '../temporary-folder.fixture.js';

let before = 0;
beforeEach(() => {
  before = memory().numTensors;
});
afterEach(() => {
  expect(memory().numTensors).toBe(before);
});

const options = { keep: {}, drop: { smallClusters: 'drop', minMembers: 4 } } as const;

async function made(smallClusters: keyof typeof options): Promise<Hierarchy> {
  const features = tidy(() => {
    const rows = createRng(2).normalTensor([80, 5]);
    return div(rows, norm(rows, 'euclidean', 1, true)) as Tensor2D;
  });
  const quick = { iterations: 3, restarts: 1, ...options[smallClusters] };
  return hierarchicalKMeans(features, [14, 6, 2], quick).finally(() => features.dispose());
}

const bits = (tensor: Tensor) => [tensor.dtype, tensor.shape, [...new Uint8Array(tensor.dataSync().slice().buffer)]];

test.each(['keep', 'drop'] as const)('is what it was, to the bit: %s', async (smallClusters) => {
  const hierarchy = await made(smallClusters);
  await saveHierarchy(path, hierarchy);
  const again = await loadHierarchy(path);
  const [then, now] = [hierarchyTensors(hierarchy), hierarchyTensors(again)];
  expect(Object.keys(now).sort()).toEqual(Object.keys(then).sort());
  for (const [name, tensor] of Object.entries(then)) expect([name, bits(now[name]!)]).toEqual([name, bits(tensor)]);
  expect(again.levels.map(({ alive }) => alive !== null)).toEqual(new Array(3).fill(smallClusters === 'drop'));
  hierarchy.dispose();
  again.dispose();
});

test('other tensors beside it are left alone', async () => {
  const hierarchy = await made('keep');
  const queue: StoredTensor = { dtype: 'int64', shape: [1], data: BigInt64Array.of(2n ** 40n) };
  await writeSafetensors(path, { ...hierarchyTensors(hierarchy), queue });
  const again = await loadHierarchy(path);
  expect(again.levels).toHaveLength(3);
  hierarchy.dispose();
  again.dispose();
});

test('what cannot be loaded is not written', async () => {
  const hierarchy = await made('keep');
  const wrong = tensor1d([Number.NaN]);
  const broken = { ...hierarchy, levels: [{ ...hierarchy.levels[0]!, concentration: wrong }] };
  await expect(saveHierarchy(path, broken)).rejects.toThrow(
    'Cannot write tensor "hierarchy.0.concentration": value 0 is NaN',
  );
  await expect(saveHierarchy(path, { ...hierarchy, levels: [] })).rejects.toThrow('a hierarchy of no levels');
  await expect(readFile(path)).rejects.toThrow('ENOENT');
  hierarchy.dispose();
  wrong.dispose();
});

test('a byte that is not the one written is found', async () => {
  const hierarchy = await made('keep');
  await saveHierarchy(path, hierarchy);
  hierarchy.dispose();
  const bytes = await readFile(path);
  bytes[bytes.length - 9]! ^= 1;
  await writeFile(path, bytes);
  await expect(loadHierarchy(path)).rejects.toThrow(expect.objectContaining({ name: 'SafetensorsError' }));
});

const int32 = (...data: number[]): StoredTensor => ({
  dtype: 'int32',
  shape: [data.length],
  data: Int32Array.from(data),
});
const float32 = (...data: number[]): StoredTensor => ({
  ...{ dtype: 'float32', shape: [data.length], data: Float32Array.from(data) },
});

test.each<[string, (tensors: Record<string, StoredTensor>) => Record<string, StoredTensor>, string]>([
  ['no hierarchy', () => ({ queue: int32(1) }), 'it has no tensors named hierarchy.0.centroids and so on, but queue'],
  ['nothing', () => ({}), 'and so on, but none'],
  [
    'a level without centroids',
    ({ 'hierarchy.1.centroids': _, ...rest }) => rest,
    'without hierarchy.1.centroids [?, 5]',
  ],
  [
    'counts that do not add up',
    (tensors) => ({ ...tensors, 'hierarchy.2.counts': int32(79, 1) }),
    'Prototype 0 of level 2 has a count of 79, but',
  ],
  [
    'an assignment that is not there',
    (tensors) => ({ ...tensors, 'hierarchy.1.assignments': int32(...new Array(80).fill(6)) }),
    'The level 1 prototype of point 0 is 6, but there are 6: give 0 to 5',
  ],
  [
    'a concentration of 0',
    (tensors) => ({ ...tensors, 'hierarchy.2.concentration': float32(0, 0.2) }),
    'Level 2 of a hierarchy needs concentration to be finite and above 0, got 0 at 0',
  ],
  [
    'parents that are no integers',
    (tensors) => ({ ...tensors, 'hierarchy.1.parents': float32(0, 0, 0, 0, 0, 0) }),
    'hierarchy.1.parents must be int32, got float32',
  ],
  [
    'an image of what is dropped',
    (tensors) => ({ ...tensors, 'hierarchy.2.alive': float32(0, 0) }),
    'which is dropped: give one that is alive',
  ],
])('a file with %s is refused by name', async (_, change, message) => {
  const hierarchy = await made('keep');
  await saveHierarchy(path, hierarchy);
  hierarchy.dispose();
  const { tensors } = await readSafetensors(path);
  await writeSafetensors(path, change(tensors));
  await expect(loadHierarchy(path)).rejects.toThrow(`Cannot load a hierarchy from ${path}: `);
  await expect(loadHierarchy(path)).rejects.toThrow(message);
});
