import { semanticPairs } from '@hcsc/samplers';
import { loadPairs, readSafetensors } from '@hcsc/weights';
import { expect, test } from 'vitest';
import { folder } from '../toy-run.fixture.js';
import { minedPairs } from './mined-pairs.js';
import { contextIn, kinds } from './pairs.fixture.js';
import { pixelEncoder } from './pixel-encoder.js';

const miner = semanticPairs({ lower: 0.98, upper: 0.9999 });

/** All pairs, by their pixels. */
async function slowly(lower: number, upper: number) {
  const pixels = await kinds.read(Array.from({ length: 30 }, (_, i) => i));
  const row = (i: number) => Array.from(pixels.subarray(16 * i, 16 * i + 16));
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);
  const [pairs, duplicates]: [number[], number[]] = [[], []];
  for (let i = 0; i < 30; i++) {
    for (let j = i + 1; j < 30; j++) {
      const cosine = dot(row(i), row(j)) / Math.sqrt(dot(row(i), row(i)) * dot(row(j), row(j)));
      if (cosine > upper) duplicates.push(i, j);
      else if (cosine >= lower) pairs.push(i, j);
    }
  }
  return { pairs, duplicates };
}

test('finds the pairs that are there, and keeps all it has', async () => {
  const { context } = contextIn(folder);
  const mined = await minedPairs({ encoder: pixelEncoder(), miner }).find(context);
  const wanted = await slowly(0.98, 0.9999);
  expect(wanted.pairs.length).toBeGreaterThan(20);
  expect(Array.from(mined.pairs)).toEqual(wanted.pairs);
  expect(Array.from(mined.duplicates)).toEqual(wanted.duplicates);
  const { metadata, ...kept } = await loadPairs(`${context.folder}/pairs.safetensors`);
  expect(kept).toEqual(mined);
  expect(JSON.parse(metadata.identity!).plan.miner).toMatchObject({ name: 'semanticPairs', lower: 0.98 });
  const { tensors } = await readSafetensors(`${context.folder}/features.safetensors`);
  expect(tensors.features!.shape).toEqual([30, 16]);
});
