import { readFile, writeFile } from 'node:fs/promises';
import type { MinedPairs } from '@hcsc/samplers';
import { expect, test } from 'vitest';
import { loadPairs, readSafetensors, type StoredTensor, savePairs, writeSafetensors } from '../index.js';
import { path } from '../temporary-folder.fixture.js';

const mined: MinedPairs = {
  images: 9,
  pairs: Int32Array.of(0, 4, 2, 8, 3, 5),
  similarities: Float32Array.of(0.97, 1, -0.25),
  duplicates: Int32Array.of(1, 7),
  thresholds: { lower: -0.3, upper: 1 },
};
const none: MinedPairs = {
  ...{ images: 2, pairs: new Int32Array(0), similarities: new Float32Array(0), duplicates: new Int32Array(0) },
};

test.each([
  ['pairs', mined],
  ['no pairs', none],
])('%s are what they were, to the bit', async (_, pairs) => {
  await savePairs(path, pairs, { metadata: { encoder: 'pixels' } });
  const { metadata, ...again } = await loadPairs(path);
  expect(again).toEqual(pairs);
  expect(metadata).toMatchObject({ encoder: 'pixels', images: String(pairs.images) });
});

test('the file has two columns of images, and a checksum', async () => {
  await savePairs(path, mined);
  const { tensors, metadata } = await readSafetensors(path);
  expect(tensors.pairs).toEqual({ dtype: 'int32', shape: [3, 2], data: mined.pairs });
  expect(tensors.similarities).toEqual({ dtype: 'float32', shape: [3], data: mined.similarities });
  expect(tensors.duplicates).toEqual({ dtype: 'int32', shape: [1, 2], data: mined.duplicates });
  expect(JSON.parse(metadata.thresholds!)).toEqual(mined.thresholds);
  const bytes = await readFile(path);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(path, bytes);
  await expect(loadPairs(path)).rejects.toThrow(expect.objectContaining({ name: 'SafetensorsError' }));
});

test.each<[Partial<MinedPairs>, string]>([
  [{ images: 8 }, 'needed pairs of images 0 to 7, got 8'],
  [{ images: 0 }, 'needed images as an integer of at least 1, got 0'],
  [{ images: 1.5 }, 'needed images as an integer of at least 1, got 1.5'],
  [{ pairs: Int32Array.of(0, 4, 2) }, 'needed two images for each of the pairs, got 3 in all'],
  [{ pairs: Int32Array.of(0, 4, 2, 2, 3, 5) }, 'needed pairs of two images, got 2 with itself'],
  [{ pairs: [0, 4, 2, 8, 3, 5] as unknown as Int32Array }, 'needed pairs as an Int32Array'],
  [{ duplicates: Int32Array.of(-1, 3) }, 'needed duplicates of images 0 to 8, got -1'],
  [{ similarities: Float32Array.of(0.5) }, 'needed a similarity for each of 3 pairs, got 1'],
  [{ similarities: Float32Array.of(0.5, 1.1, 0) }, 'needed cosines from -1 to 1, got 1.1'],
  [{ similarities: Float32Array.of(0.5, Number.NaN, 0) }, 'needed cosines from -1 to 1, got NaN at 1'],
  [{ thresholds: { lower: 0.9, upper: 0.8 } }, 'needed thresholds lower ≤ upper'],
])('%j is not saved, and what was there stays', async (change, message) => {
  await savePairs(path, none);
  await expect(savePairs(path, { ...mined, ...change })).rejects.toThrow(`Cannot save pairs: ${message}`);
  expect((await loadPairs(path)).images).toBe(2);
});

test('metadata that the file has itself is refused', async () => {
  await expect(savePairs(path, mined, { metadata: { images: '5' } })).rejects.toThrow(
    'Cannot save pairs with metadata named images: the file says that of them itself',
  );
});

type Change = (file: { tensors: Record<string, StoredTensor>; metadata: Record<string, string> }) => void;

test.each<[string, Change, string]>([
  ['no pairs', ({ tensors }) => delete tensors.pairs, 'needed pairs [n, 2] int32, found'],
  [
    'pairs of three',
    ({ tensors }) => {
      tensors.pairs = { dtype: 'int32', shape: [2, 3], data: mined.pairs };
    },
    'needed pairs [n, 2] int32, found [2, 3]',
  ],
  [
    'similarities of another dtype',
    ({ tensors }) => {
      tensors.similarities = { dtype: 'float64', shape: [3], data: new Float64Array(3) };
    },
    'needed similarities [n] float32, found float64',
  ],
  [
    'no number of images',
    ({ metadata }) => delete metadata.images,
    'needed images as an integer of at least 1, got NaN',
  ],
  [
    'fewer images',
    ({ metadata }) => {
      metadata.images = '5';
    },
    'needed pairs of images 0 to 4, got 8',
  ],
  [
    'thresholds that are none',
    ({ metadata }) => {
      metadata.thresholds = '0.9';
    },
    'needed thresholds as {"lower":0.97,"upper":0.99}, found 0.9',
  ],
])('a file with %s is refused by name', async (_, change, message) => {
  await savePairs(path, mined);
  const file = await readSafetensors(path);
  change(file);
  const { sha256: _sum, sha256_of: _of, ...metadata } = file.metadata;
  await writeSafetensors(path, file.tensors, { metadata });
  await expect(loadPairs(path)).rejects.toThrow(`Cannot load pairs from ${path}: ${message}`);
});
