import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fashionMnist, fashionMnistClasses, fashionMnistSample } from '../index.js';
import { packageFile } from '../package-file.js';
import { readShipped } from './fashion-mnist.js';

const assets = fileURLToPath(packageFile('assets/'));

test.each([
  ['train', 6000, 600],
  ['test', 2000, 200],
] as const)('the shipped %s sample is balanced and holds real, different images', async (split, length, perClass) => {
  const source = await fashionMnistSample()[split]();
  expect(source.length).toBe(length);
  expect(source.shape).toEqual([28, 28, 1]);
  expect(source.classes).toEqual(fashionMnistClasses);
  const counts = new Array(10).fill(0);
  for (const label of source.labels!) counts[label]++;
  expect(counts).toEqual(new Array(10).fill(perClass));

  const pixels = await source.read(Int32Array.from({ length }, (_, i) => i));
  const seen = new Set<string>();
  for (let i = 0; i < length; i++) seen.add(Buffer.from(pixels.subarray(784 * i, 784 * (i + 1))).toString('base64'));
  expect(seen.size).toBeGreaterThan(length * 0.99);
  // Fashion-MNIST's mean is 72.9 of 255.
  const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  expect(Math.abs(mean - 72.9)).toBeLessThan(1.5);
});

test('no image is in both splits', async () => {
  const sample = fashionMnistSample();
  const keys = async (source: Awaited<ReturnType<typeof sample.train>>) => {
    const pixels = Buffer.from(await source.read(Int32Array.from({ length: source.length }, (_, i) => i)));
    return Array.from({ length: source.length }, (_, i) => pixels.subarray(784 * i, 784 * (i + 1)).toString('base64'));
  };
  const train = new Set(await keys(await sample.train()));
  expect((await keys(await sample.test())).filter((key) => train.has(key))).toEqual([]);
});

test('a shipped file that was changed is refused by its checksum', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hcsc-sample-'));
  const file = 't10k-labels-idx1-ubyte.gz';
  const sums = readFileSync(join(assets, 'SHA256SUMS'), 'utf8');
  const bytes = readFileSync(join(assets, file));
  writeFileSync(join(folder, file), bytes);
  expect((await readShipped(folder, file, sums)).bytes.length).toBe(bytes.length);
  bytes[500]! ^= 1;
  writeFileSync(join(folder, file), bytes);
  await expect(readShipped(folder, file, sums)).rejects.toThrow(/expected content with SHA-256 6f48.*, found/);
  rmSync(folder, { recursive: true });
});

test('the full set is read from a folder, and a missing one named with a remedy', async () => {
  const set = fashionMnist({ folder: assets });
  expect((await set.test()).length).toBe(2000);
  await expect(fashionMnist({ folder: join(assets, 'nowhere') }).train()).rejects.toThrow(
    /train-images-idx3-ubyte.gz .*nowhere.*dataset-fashion-mnist/,
  );
});
