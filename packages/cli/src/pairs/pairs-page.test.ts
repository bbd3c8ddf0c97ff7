import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ImageSource, memorySource } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import { type MinedPairs, semanticPairs } from '@hcsc/samplers';
import { minedPairs, pixelEncoder } from '@hcsc/train';
import { clone, memory } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pairsReport, writePairsPage } from './pairs-page.js';

const rng = createRng(1);
const N = 60;
const labels = Int32Array.from({ length: N }, (_, i) => i % 3);
const bytes = Uint8Array.from({ length: N * 12 }, (_, at) => {
  const [image, value] = [Math.floor(at / 12), at % 12];
  if (image === 59) return 0; // like no other
  return (value % 3 === labels[image]! ? 200 : 20) + rng.integer(30);
});
bytes.copyWithin(12 * 3, 0, 12); // image 3 is image 0
const source = memorySource(bytes, [2, 2, 3], { name: 'colours', labels, classes: ['red', 'green', 'blue'] });

const lower = 0.996;
const upper = 0.9999;

/** All pairs, by their pixels. */
const pixels = Array.from({ length: N }, (_, i) => Array.from(bytes.subarray(12 * i, 12 * i + 12)));
const dot = (a: number[], b: number[]) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);
const all = pixels.flatMap((a, i) =>
  pixels.slice(i + 1).map((b, j) => ({ images: [i, i + 1 + j], cosine: dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)) })),
);
const expected = all.filter(({ cosine }) => cosine >= lower && cosine <= upper);

let folder: string;
let tensors: number;
let mined: MinedPairs;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-pairs-page-'));
  tensors = memory().numTensors;
  const plan = minedPairs({ encoder: pixelEncoder(), miner: semanticPairs({ lower, upper }) });
  mined = await plan.find({ source, prepare: clone, folder, runs: folder, loggers: [] });
});
afterEach(() => {
  expect(memory().numTensors).toBe(tensors);
  rmSync(folder, { recursive: true });
});

const factsOf = async (of: Partial<{ mined: MinedPairs; source: ImageSource; folder: string }> = {}) =>
  Object.fromEntries((await pairsReport({ name: 'spps', mined, source, folder, ...of })).facts);

test('a page has what a second look at all pairs finds', async () => {
  expect(expected.length).toBeGreaterThan(60);
  const report = await pairsReport({ name: 'spps', mined, source, folder });
  const pure = expected.filter(({ images: [i, j] }) => labels[i!] === labels[j!]).length;
  expect(report).toMatchObject({ pairs: expected.length, duplicates: 1, thresholds: { lower, upper } });
  expect(report.purity!.share).toBeCloseTo(pure / expected.length, 12);
  const inPair = new Set(expected.flatMap(({ images }) => images)).size;
  expect(Object.fromEntries(report.facts)).toMatchObject({
    Encoder: 'pixels',
    'Images compared': '59 of 60',
    'Left out': '1 have features of zero',
    Thresholds: '0.996 to 0.9999',
    'Images in a pair': `${inPair}, ${((100 * inPair) / N).toFixed(1)} %`,
  });

  // the image of zeros is compared with none
  const { counts, from, to, outOf } = report.similarities!;
  expect([from, to, outOf]).toEqual([-1, 1, undefined]);
  expect(Array.from(counts).reduce((a, b) => a + b)).toBe((59 * 58) / 2);
  const half = Array.from(counts).slice(Math.round(counts.length * 0.9));
  expect(half.reduce((a, b) => a + b)).toBe(all.filter(({ cosine }) => cosine >= 0.8).length);

  const sorted = expected.toSorted((a, b) => a.cosine - b.cosine);
  const groups = Object.fromEntries(report.samples.map(({ title, pairs }) => [title, pairs]));
  for (const [title, wanted] of [
    ['Least alike', sorted.slice(0, 10)],
    ['Most alike', sorted.slice(-10)],
  ] as const) {
    groups[title]!.forEach(({ similarity }, i) => {
      expect(similarity).toBeCloseTo(wanted[i]!.cosine, 5);
    });
  }
  const [duplicate] = groups.Duplicates!;
  expect(duplicate!.images).toEqual([0, 3]);
  expect(duplicate!.similarity).toBeCloseTo(1, 6);
  for (const { images, pictures } of report.samples.flatMap(({ pairs }) => pairs)) {
    pictures.forEach((picture, which) => {
      expect([...picture.data]).toEqual(pixels[images[which]!]);
      expect(picture.label).toBe(['red', 'green', 'blue'][images[which]! % 3]);
    });
  }

  expect(report.classes!.map(({ name, images, pairs, within }) => [name, images, pairs, within])).toEqual(
    ['red', 'green', 'blue'].map((name, label) => {
      const own = expected.filter(({ images }) => images.some((image) => labels[image] === label));
      const inside = own.filter(({ images }) => images.every((image) => labels[image] === label));
      return [name, 20, own.length, inside.length];
    }),
  );
});

test('without labels there is nothing of classes; without the folder nothing of how', async () => {
  const unlabelled = memorySource(bytes, [2, 2, 3], { name: 'colours' });
  const report = await pairsReport({ name: 'spps', mined, source: unlabelled, folder: join(folder, 'nowhere') });
  expect(report).not.toHaveProperty('purity');
  expect(report).not.toHaveProperty('classes');
  expect(report).not.toHaveProperty('similarities');
  expect(
    report.samples.flatMap(({ pairs }) => pairs.flatMap(({ pictures }) => pictures)).every(({ label }) => !label),
  ).toBe(true);
  expect(report.samples.at(-1)!.pairs[0]!.similarity).toBeNull();
  expect(Object.keys(Object.fromEntries(report.facts))).toEqual([
    'Thresholds',
    'Pairs',
    'Duplicates',
    'Images in a pair',
  ]);
});

test('what the folder says of other pairs is not said of these', async () => {
  const fewer = { ...mined, pairs: mined.pairs.slice(2), similarities: mined.similarities.slice(1) };
  expect(await factsOf({ mined: fewer })).not.toHaveProperty('Encoder');
});

test('no pairs at all have a page too', async () => {
  const none = { ...mined, pairs: new Int32Array(0), similarities: new Float32Array(0), duplicates: new Int32Array(0) };
  const path = await writePairsPage(folder, { name: 'spps', mined: none, source, folder });
  expect(readFileSync(path, 'utf8').replace(/data:image\S+?"/g, '')).not.toMatch(/NaN|undefined|Infinity/);
});

test('a page is written once for the same pairs, if that is wanted', async () => {
  const shown = { name: 'spps', mined, source, folder };
  const path = await writePairsPage(folder, shown, { fresh: true });
  expect(path).toBe(join(folder, 'pairs.html'));
  const html = readFileSync(path, 'utf8');
  expect(await writePairsPage(folder, { ...shown, name: 'other' }, { fresh: true })).toBe(path);
  expect(readFileSync(path, 'utf8')).toBe(html);
  const later = new Date(Date.now() + 60_000);
  utimesSync(join(folder, 'pairs.safetensors'), later, later);
  await writePairsPage(folder, { ...shown, name: 'other' }, { fresh: true });
  expect(readFileSync(path, 'utf8')).toContain('<h1>Pairs of other</h1>');
  await writePairsPage(folder, shown);
  expect(readFileSync(path, 'utf8')).toBe(html);
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
