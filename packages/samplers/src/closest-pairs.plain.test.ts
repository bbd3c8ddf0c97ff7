import { createRng } from '@hcsc/random';
import { describe, expect, it } from 'vitest';
import { createClosestPairs } from './closest-pairs.js';

interface Pair {
  readonly i: number;
  readonly j: number;
  readonly cosine: number;
}

/** All pairs of `n` images with cosines on a grid, so that many are equal, by i, then j. */
function gridPairs(n: number, steps: number): Pair[] {
  const rng = createRng(1);
  const pairs: Pair[] = [];
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) pairs.push({ i, j, cosine: rng.integer(steps) / steps });
  return pairs;
}

/** The most similar ones, by i, then j. */
function slowClosest(pairs: readonly Pair[], target: number): Pair[] {
  const order = pairs.map((_, at) => at).sort((a, b) => pairs[b]!.cosine - pairs[a]!.cosine || a - b);
  return order
    .slice(0, target)
    .sort((a, b) => a - b)
    .map((at) => pairs[at]!);
}

function closest(offered: readonly Pair[], n: number, target: number) {
  const found = createClosestPairs(target, n);
  const taken = offered.filter(({ i, j, cosine }) => found.offer(i, j, cosine)).length;
  const kept: Pair[] = [];
  found.forEach((i, j, cosine) => void kept.push({ i, j, cosine }));
  return { kept: kept.sort((a, b) => a.i - b.i || a.j - b.j), taken };
}

describe('createClosestPairs', () => {
  const n = 150;
  it.each([
    ['few', 1e6],
    ['many', 20],
    ['all', 1],
  ])('keeps exactly the most similar pairs in any order: %s are equal', (_, steps) => {
    const pairs = gridPairs(n, steps);
    const shuffled = Array.from(createRng(3).permutation(pairs.length), (at) => pairs[at]!);
    for (const target of [1, 100, 3000, pairs.length - 1, 2 * pairs.length]) {
      const expected = slowClosest(pairs, target);
      for (const offered of [pairs, shuffled, [...pairs].reverse()]) {
        expect(closest(offered, n, target).kept).toEqual(expected);
      }
    }
  });

  it('takes few more than are wanted', () => {
    const pairs = gridPairs(500, 1e6);
    const shuffled = Array.from(createRng(3).permutation(pairs.length), (at) => pairs[at]!);
    const { taken } = closest(shuffled, 500, 1000);
    expect(taken).toBeLessThan(20_000);
  });

  it('gives those of an image in the order in which they were offered', () => {
    const found = createClosestPairs(3, 10);
    for (const [i, j] of [
      [4, 5],
      [2, 9],
      [4, 6],
      [2, 3],
    ] as const) {
      found.offer(i, j, 0.5);
    }
    const kept: number[][] = [];
    found.forEach((i, j, cosine) => void kept.push([i, j, cosine]));
    expect(kept).toEqual([
      [4, 5, 0.5],
      [2, 9, 0.5],
      [2, 3, 0.5],
    ]);
  });
});
