import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { clusteredRows, slowCosine } from './mining.fixture.js';
import { semanticPairs } from './semantic-pairs.js';
import { coarseProducts } from './wrap-kernel.fixture.js';

/** All pairs, one after the other. */
function slowPairs(features: ReturnType<typeof clusteredRows>, lower: number, upper: number) {
  const n = features.values.length / features.width;
  const found = { pairs: [] as number[], duplicates: [] as number[], similarities: [] as number[] };
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const cosine = slowCosine(features, i, j);
      if (cosine > upper) found.duplicates.push(i, j);
      else if (cosine >= lower) {
        found.pairs.push(i, j);
        found.similarities.push(cosine);
      }
    }
  }
  return found;
}

/** The same with something added to all numbers, so that all rows are more alike. */
function shifted({ values, width }: ReturnType<typeof clusteredRows>, by: number): ReturnType<typeof clusteredRows> {
  const rows = values.map((value) => value + by);
  for (let at = 0; at < rows.length; at += width) {
    const length = Math.hypot(...rows.subarray(at, at + width));
    for (let d = at; d < at + width; d++) rows[d]! /= length;
  }
  return { values: rows, width };
}

describe('semanticPairs', () => {
  it.each([
    [0.97, 0.99, 16],
    [0.9, 1, 1],
    [-1, 0.5, 29],
    [-0.6, -0.2, 60],
    [0.98, 0.98, 59],
  ])('finds what a loop over all pairs finds: %d to %d, in blocks of %i', async (lower, upper, blockSize) => {
    const features = clusteredRows(60);
    const expected = slowPairs(features, lower, upper);
    const mined = await semanticPairs({ lower, upper, blockSize }).mine({ features });
    expect(mined.pairs).toEqual(Int32Array.from(expected.pairs));
    expect(mined.duplicates).toEqual(Int32Array.from(expected.duplicates));
    expect(mined.similarities).toBeAllclose(expected.similarities, 1e-6);
  });

  /** Wide enough to be compressed. */
  const wide = clusteredRows(520, 256);
  const alike = shifted(wide, 0.2);
  const slow = new Map([wide, alike].map((features) => [features, slowPairs(features, -1, 0.99)]));

  it.each([
    ['few that are alike', wide, { lower: 0.95 }, null],
    ['few that are alike, by their number', wide, { target: 3000 }, null],
    ['more of them than there are pairs', wide, { target: 200_000 }, null],
    ['all that are alike', alike, { lower: 0.9 }, null],
    ['all that are alike, by their number', alike, { target: 3000 }, null],
    ['few that are alike, on a coarse device', wide, { lower: 0.95 }, 'cut'],
    ['all that are alike, by their number, on a coarse device', alike, { target: 3000 }, 'rounded'],
  ] as const)(
    'finds what a loop over all pairs finds among wide features: %s',
    async (_, features, options, factors) => {
      if (factors) coarseProducts(factors);
      const { target = Infinity, lower = -1 }: { target?: number; lower?: number } = options;
      const { pairs, similarities, duplicates } = slow.get(features)!;
      const order = similarities.map((_, p) => p).sort((a, b) => similarities[b]! - similarities[a]! || a - b);
      const expected = order
        .filter((p) => similarities[p]! >= lower)
        .slice(0, target)
        .sort((a, b) => a - b);
      expect(expected.length).toBeGreaterThan(500);
      const before = memory().numTensors;
      const mined = await semanticPairs({ ...options, blockSize: 100 }).mine({ features });
      // As texts, which are compared in no time.
      expect(mined.pairs.join()).toBe(expected.flatMap((p) => [pairs[2 * p]!, pairs[2 * p + 1]!]).join());
      expect(mined.duplicates.join()).toBe(duplicates.join());
      expect(memory().numTensors).toBe(before);
    },
  );

  it('takes the bounds at their word, to the last digit', async () => {
    const features = clusteredRows(30);
    const cosine = slowCosine(features, 3, 8);
    const has = async (lower: number, upper: number) => {
      const { pairs } = await semanticPairs({ lower, upper }).mine({ features });
      return pairs.some((i, at) => at % 2 === 0 && i === 3 && pairs[at + 1] === 8);
    };
    expect(await has(cosine - 1e-12, cosine + 1e-12)).toBe(true);
    expect(await has(cosine + 1e-12, 1)).toBe(false);
    expect(await has(-1, cosine - 1e-12)).toBe(false);
  });

  it('measures rows that are not quite of length 1 by their angle', async () => {
    const features = clusteredRows(40);
    const scaled = { ...features, values: features.values.map((value, at) => value * (at % 12 < 6 ? 0.991 : 1.009)) };
    const [one, two] = await Promise.all([features, scaled].map((each) => semanticPairs().mine({ features: each })));
    expect(two!.pairs).toEqual(one!.pairs);
    expect(two!.duplicates).toEqual(one!.duplicates);
  });

  it('gives no pairs where there are none', async () => {
    const features = { values: Float32Array.of(1, 0, 0, 1), width: 2 };
    expect(await semanticPairs().mine({ features })).toEqual({
      ...{ images: 2, pairs: new Int32Array(0), similarities: new Float32Array(0), duplicates: new Int32Array(0) },
      thresholds: { lower: 0.97, upper: 0.99 },
    });
  });

  it.each([
    [1, 0.99, 16],
    [40, 0.99, 1],
    [40, 0.99, 7],
    [40, 0.9, 60],
    [500, 0.2, 29],
    [1769, 1, 1024],
    [5000, 1, 13],
  ])('finds the %i most similar pairs that are not above %d, in blocks of %i', async (target, upper, blockSize) => {
    const features = clusteredRows(60);
    const { pairs, similarities, duplicates } = slowPairs(features, -1, upper);
    const order = similarities.map((_, p) => p).sort((a, b) => similarities[b]! - similarities[a]! || a - b);
    const expected = order.slice(0, target).sort((a, b) => a - b);
    const mined = await semanticPairs({ target, upper, blockSize }).mine({ features });
    expect(mined.pairs).toEqual(Int32Array.from(expected.flatMap((p) => [pairs[2 * p]!, pairs[2 * p + 1]!])));
    expect(mined.duplicates).toEqual(Int32Array.from(duplicates));
    const cosines = expected.map((p) => similarities[p]!);
    expect(mined.similarities).toBeAllclose(cosines, 1e-6);
    expect(mined.thresholds!.upper).toBe(upper);
    expect(mined.thresholds!.lower).toBeCloseTo(Math.min(...cosines), 12);
  });

  it('stops where there are too many, and leaves nothing behind', async () => {
    const features = clusteredRows(60);
    const before = memory().numTensors;
    const mine = (maxPairs: number) => semanticPairs({ lower: -1, blockSize: 20, maxPairs }).mine({ features });
    await expect(mine(300)).rejects.toThrow(
      new RangeError(
        'Cannot mine positives with semanticPairs: needed at most 300 pairs, duplicates included, got more of the ' +
          'first 20 of 60 images: give target instead of lower, or raise lower, or raise maxPairs',
      ),
    );
    expect(memory().numTensors).toBe(before);
    const { pairs, duplicates } = await mine(1770);
    expect(pairs.length + duplicates.length).toBe(2 * 1770);
  });

  it.each([
    [{ lower: 0.9, upper: 0.8 }, '-1 ≤ lower ≤ upper ≤ 1, got lower 0.9 and upper 0.8'],
    [{ lower: Number.NaN }, '-1 ≤ lower ≤ upper ≤ 1, got lower NaN and upper 0.99'],
    [{ upper: 1.1 }, '-1 ≤ lower ≤ upper ≤ 1, got lower 0.97 and upper 1.1'],
    [{ blockSize: 0 }, 'blockSize as an integer of at least 1, got 0'],
    [{ target: 0 }, 'target as an integer of at least 1, got 0'],
    [{ target: 9, maxPairs: 8 }, 'target of at most maxPairs, 8, got 9'],
    [{ maxPairs: 2.5 }, 'maxPairs as an integer of at least 1, got 2.5'],
  ])('refuses %j', (options, needed) => {
    expect(() => semanticPairs(options)).toThrow(new RangeError(`Cannot make semanticPairs: needed ${needed}`));
  });

  it('refuses two ways to choose at once', () => {
    expect(() => semanticPairs({ lower: 0.9, target: 10 })).toThrow(
      new TypeError('Cannot make semanticPairs: needed lower or target, got lower 0.9 and target 10'),
    );
  });

  it('tells what decides on the pairs', () => {
    expect(semanticPairs({ blockSize: 8, maxPairs: 9 }).options).toEqual({ lower: 0.97, upper: 0.99 });
    expect(semanticPairs({ target: 7, upper: 0.9 }).options).toEqual({ target: 7, upper: 0.9 });
  });
});
