import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memorySource } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import type { Method, Recipe } from '@hcsc/train';
import { add, memory, reshape, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { neighboursText, readNeighbourFigures } from './neighbours-file.js';
import { runNeighbours } from './run-neighbours.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hcsc-neighbours-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const noise = (length: number) => {
  const rng = createRng(length);
  const bytes = Uint8Array.from({ length: length * 4 }, () => rng.integer(256));
  return memorySource(bytes, [2, 2, 1], { name: 'noise', labels: Int32Array.from({ length }, (_, i) => i % 2) });
};
const rows = (images: Tensor4D) => reshape(images, [images.shape[0], 4]) as never;
const recipe = {
  seed: 0,
  views: { views: [] },
  // what the features are given has been prepared
  evaluationView: { transforms: [], apply: (images: Tensor4D) => tidy(() => add(images, 1)) },
} as unknown as Recipe;
const said: string[] = [];
const run = (method: Partial<Method>) => {
  said.length = 0;
  const splits = { train: noise(20), test: noise(6) };
  return runNeighbours({ recipe, method: method as Method, folder, splits, say: (line) => said.push(line) });
};

test('under the features that a method names; kept with the run, so that it need not be there again', async () => {
  const seen: number[] = [];
  const look = (images: Tensor4D) => {
    seen.push(Math.min(...images.dataSync()));
    return rows(images);
  };
  const before = memory().numTensors;
  const shown = await run({ features: { global: look, columns: rows } });
  expect(memory().numTensors).toBe(before);
  expect(Math.min(...seen)).toBeGreaterThanOrEqual(1);
  expect(said).toEqual(['Looking for nearest neighbours under global and columns …']);
  expect(shown).toMatchObject({ features: ['global', 'columns'], k: 5, candidates: { count: 20 } });
  expect(readdirSync(folder)).toEqual(['neighbours.json']);
  const kept = JSON.parse(readFileSync(join(folder, 'neighbours.json'), 'utf8'));
  expect(kept.rows.map((row: { image: number }) => row.image)).toEqual(shown!.rows.map(({ query }) => query.image));
  const figures = await readNeighbourFigures(folder);
  expect(figures).toEqual({ k: 5, features: kept.features, purity: kept.purity, shared: kept.shared });
  expect(neighboursText(figures!)).toMatch(
    /^of the query's class: global \d+\.\d %, columns \d+\.\d % {2}global and columns share 5\.0 of 5$/,
  );
});

test.each([{}, { features: {} }])('of a method that names none, under its encoder: %o', async (named) => {
  const encoder = { predict: rows } as unknown as Method['encoder'];
  const shown = await run({ encoder, ...named });
  expect(shown).toMatchObject({ features: ['encoder'], figures: { shared: [] } });
  expect(neighboursText((await readNeighbourFigures(folder))!)).toMatch(/^of the query's class: encoder \d+\.\d %$/);
});

test('what goes wrong is said, and takes no report away', async () => {
  writeFileSync(join(folder, 'neighbours.json'), 'former');
  const broken = () => {
    throw new Error('no such layer');
  };
  expect(await run({ features: { broken } })).toBeUndefined();
  expect(said.at(-1)).toBe('The nearest neighbours could not be found: no such layer');
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  '',
  'null',
  '{}',
  '{"k":5,"features":[1],"purity":null,"shared":[]}',
  '{"k":5,"features":["a"],"purity":{}}',
])('of a damaged file nothing is told: %j', async (text) => {
  writeFileSync(join(folder, 'neighbours.json'), text);
  expect(await readNeighbourFigures(folder)).toBeNull();
});

test('without labels it is told under which features, and what they share', () => {
  const shared = [{ features: ['a', 'b'] as const, shared: 2.34, jaccard: 0.3 }];
  expect(neighboursText({ k: 5, features: ['a', 'b'], purity: null, shared })).toBe(
    'under a, b  a and b share 2.3 of 5',
  );
});
