import type { PointMatrix } from '@hcsc/kmeans';
import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { guessLeast } from './guess-least.js';
import { clusteredRows, slowCosine } from './mining.fixture.js';
import { readFeatures } from './mining-features.js';
import { semanticPairs } from './semantic-pairs.js';

const n = 2048;
const features = clusteredRows(n, 8);

function slowCount(features: PointMatrix, from: number, upper: number): number {
  let count = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const cosine = slowCosine(features, i, j);
      if (cosine >= from && cosine <= upper) count++;
    }
  }
  return count;
}

describe('guessLeast', () => {
  it('is reached by as many pairs as are wanted, and not by many more', async () => {
    const read = await readFeatures('guess', features);
    const before = memory().numTensors;
    const guess = await guessLeast(read, 20_000, 0.97);
    expect(memory().numTensors).toBe(before);
    const count = slowCount(features, guess, 0.97);
    expect(count).toBeGreaterThan(20_000);
    expect(count).toBeLessThan(60_000);
    expect(await guessLeast(read, n * n, 0.97)).toBe(-1);
    expect(await guessLeast(await readFeatures('guess', clusteredRows(100)), 1, 0.97)).toBe(-1);
  });

  it('makes no difference to what is found, also where it is wrong', async () => {
    // The images that it looks at are alike, all others are not.
    const values = features.values.slice();
    for (let at = 0; at < 1024; at++) {
      const image = Math.floor((at * n) / 1024);
      const angle = 0.0002 * at;
      for (let d = 0; d < 8; d++) values[8 * image + d] = d === 0 ? Math.cos(angle) : d === 1 ? Math.sin(angle) : 0;
    }
    const wrong = { values, width: 8 };
    const target = 1000;
    const guess = await guessLeast(await readFeatures('guess', wrong), target, 1);
    expect(guess).toBeGreaterThan(0.9);
    const { thresholds, similarities } = await semanticPairs({ target, upper: 1 }).mine({ features: wrong });
    expect(similarities.length).toBe(target);
    expect(thresholds!.lower).toBeLessThan(guess);
    // Some are as similar as the last one.
    expect(slowCount(wrong, thresholds!.lower + 1e-12, 1)).toBeLessThan(target);
    expect(slowCount(wrong, thresholds!.lower - 1e-12, 1)).toBeGreaterThanOrEqual(target);
  });
});
