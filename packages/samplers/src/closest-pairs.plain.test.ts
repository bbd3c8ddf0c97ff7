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

function closest(offered: readonly Pair[], n: number, target: number, rounding: number) {
  const rng = createRng(2);
  const cosines = new Map(offered.map(({ i, j, cosine }) => [i * n + j, cosine]));
  let looked = 0;
  const found = createClosestPairs(target, n, rounding, (i, j) => {
    looked++;
    return cosines.get(i * n + j)!;
  });
  let passed = 0;
  for (const { i, j, cosine } of offered) {
    const similarity = cosine + rounding * (2 * rng.uniform() - 1);
    if (similarity < found.least) continue;
    passed++;
    found.offer(i, j, similarity);
  }
  const kept: Pair[] = [];
  found.forEach((i, j, cosine) => void kept.push({ i, j, cosine }));
  return { kept: kept.sort((a, b) => a.i - b.i || a.j - b.j), looked, passed };
}

describe('createClosestPairs', () => {
  const n = 150;
  it.each([
    ['few that are equal', 1e6, 1e-3],
    ['many that are equal', 20, 1e-3],
    ['all equal', 1, 1e-3],
    ['rounding that hides all differences', 1000, 2],
    ['nothing rounded', 50, 0],
  ])('keeps exactly the most similar pairs in any order: %s', (_, steps, rounding) => {
    const pairs = gridPairs(n, steps);
    const shuffled = Array.from(createRng(3).permutation(pairs.length), (at) => pairs[at]!);
    for (const target of [1, 100, 3000, pairs.length - 1, 2 * pairs.length]) {
      const expected = slowClosest(pairs, target);
      for (const offered of [pairs, shuffled, [...pairs].reverse()]) {
        expect(closest(offered, n, target, rounding).kept).toEqual(expected);
      }
    }
  });

  it('looks at few more cosines than are wanted, and lets few pairs pass', () => {
    const pairs = gridPairs(500, 1e6);
    const shuffled = Array.from(createRng(3).permutation(pairs.length), (at) => pairs[at]!);
    const { looked, passed } = closest(shuffled, 500, 1000, 1e-4);
    expect(looked).toBeLessThan(6000);
    expect(passed).toBeLessThan(20_000);
  });

  it('gives those of an image in the order in which they were offered', () => {
    const found = createClosestPairs(3, 10, 0, () => 0.5);
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
