import { memorySource } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import type { Method, Recipe } from '@hcsc/train';
import { memory, reshape, type Tensor4D } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compareScores } from './compare-scores.js';

/** Images of two classes, dark and light. */
function shades(length: number) {
  const rng = createRng(length);
  const labels = Int32Array.from({ length }, (_, i) => i % 2);
  const bytes = Uint8Array.from({ length: 4 * length }, (_, i) => 128 * labels[i >> 2]! + rng.integer(100) + 1);
  return memorySource(bytes, [2, 2, 1], { labels });
}
const splits = { train: shades(40), test: shades(10) };
const method = { encoder: { predict: (images: Tensor4D) => reshape(images, [-1, 4]) }, dispose() {} };
const recipe = { seed: 0, epochs: 1, batchSize: 4, views: { views: [] }, method: () => method } as unknown as Recipe;

test.each([
  [4 * 50 * 4, true],
  [4 * 50 * 4 - 1, false],
])('raw pixels of %i bytes at most: evaluated %s', async (mostBytes, evaluated) => {
  const before = memory().numTensors;
  const said: string[] = [];
  const run = { method: method as unknown as Method, source: splits.train };
  const { trained, untrained, pixels } = await compareScores(recipe, run, splits, (line) => said.push(line), mostBytes);
  expect(untrained).toEqual(trained);
  expect(pixels).toEqual(evaluated ? trained : null);
  expect(said).toHaveLength(3);
  expect(said[2]).toContain(evaluated ? 'Evaluating raw pixels' : 'Raw pixels are not evaluated');
  expect(memory().numTensors).toBe(before);
});
