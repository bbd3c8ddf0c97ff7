import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memorySource } from '@hcsc/data';
import { rawPixels } from '@hcsc/eval';
import { div, memory, reshape, type Tensor4D } from '@tensorflow/tfjs-core';
import { decode } from 'fast-png';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tensorBoardEmbedding } from './tensor-board-embedding.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-embedding-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const own = (...path: string[]) => join(folder, 'tensorboard', 'projector', 'test-images', ...path);
const lines = (file: string) => readFileSync(own(file), 'utf8').trimEnd().split('\n');

test('features, labels and pictures of the same images', async () => {
  const bytes = Uint8Array.from({ length: 3 * 4 }, (_, i) => 20 * i);
  const source = memorySource(bytes, [2, 2, 1], {
    ...{ name: 'squares', labels: Int32Array.of(1, 0, 1), classes: ['Bag', 'Coat'] },
  });
  const before = memory().numTensors;
  await tensorBoardEmbedding(rawPixels, source, folder);
  expect(memory().numTensors).toBe(before);
  const rows = lines('tensors.tsv').map((line) => line.split('\t').map(Number));
  expect(rows.flat().map((value) => Math.round(255 * value))).toEqual([...bytes]);
  expect(lines('metadata.tsv')).toEqual(['Coat', 'Bag', 'Coat']);
  const sprite = decode(readFileSync(own('sprite-2x2.png')));
  expect([...sprite.data]).toEqual([0, 20, 80, 100, 40, 60, 120, 140, 160, 180, 0, 0, 200, 220, 0, 0]);
});

test('of many images 1,000 from all over the source, without labels if there are none', async () => {
  const source = memorySource(
    Uint8Array.from({ length: 2500 }, (_, i) => i % 251),
    [1, 1, 1],
    { name: 'points' },
  );
  await tensorBoardEmbedding((images) => reshape(div(images, 1), [images.shape[0], 1]), source, folder);
  const values = lines('tensors.tsv').map((line) => Math.round(255 * Number(line)));
  expect(values).toEqual(Array.from({ length: 1000 }, (_, i) => Math.floor((i + 0.5) * 2.5) % 251));
  expect(readdirSync(own()).sort()).toEqual(['sprite-1x1.png', 'tensors.tsv']);
});

test('an encoder that fails leaves no tensor behind', async () => {
  const source = memorySource(new Uint8Array(3), [1, 1, 1], { name: 'points' });
  const before = memory().numTensors;
  const broken = (images: Tensor4D) => reshape(div(images, 0), [images.shape[0], 1]);
  await expect(tensorBoardEmbedding(broken, source, folder)).rejects.toThrow(/point 0 has the value NaN/);
  expect(memory().numTensors).toBe(before);
});
