import { afterEach, describe, expect, it, vi } from 'vitest';
import { clusteredRows, slowCosine } from './mining.fixture.js';
import { readFeatures } from './mining-features.js';
import { createPairCosines } from './pair-cosines.js';

type Visits = [i: number, j: number, cosine: number][];

async function cosinesOf(features: ReturnType<typeof clusteredRows>, pairs: number[], mostBytes?: number) {
  const rows = await readFeatures('measure', features);
  const visits: Visits = [];
  createPairCosines(rows, mostBytes)(Int32Array.from(pairs), (...visit) => visits.push(visit));
  const expected = Array.from({ length: pairs.length / 2 }, (_, p) => {
    const [i, j] = [pairs[2 * p]!, pairs[2 * p + 1]!];
    return [i, j, rows.cosine(i, j)];
  });
  return { visits, expected };
}

/** Every pair of `n` rows, those of a later row one after the other. */
function allPairs(n: number): number[] {
  return Array.from({ length: n }, (_, j) => Array.from({ length: j }, (_, i) => [i, j])).flat(2);
}

describe('createPairCosines', () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([1, 2, 3, 5, 6, 7, 8, 9, 16, 131])('is as exact as one cosine after the other: %i columns', async (width) => {
    const features = clusteredRows(30, width);
    const { visits, expected } = await cosinesOf(features, allPairs(30));
    expect(visits).toEqual(expected);
    for (const [i, j, cosine] of visits) expect(cosine).toBeCloseTo(slowCosine(features, i, j), 14);
  });

  it('measures more pairs than one call takes', async () => {
    const { visits, expected } = await cosinesOf(clusteredRows(120, 4), allPairs(120));
    expect(visits.length).toBeGreaterThan(4096);
    expect(visits).toEqual(expected);
  });

  it.each([0, 2, 3, 7, 29, 30])('measures pairs of more rows than it has room for: %i rows', async (room) => {
    const { visits, expected } = await cosinesOf(clusteredRows(30, 16), allPairs(30), room * 16 * 4);
    expect(visits).toEqual(expected);
  });

  it('goes on after other pairs, and visits none where there are none', async () => {
    const rows = await readFeatures('measure', clusteredRows(9));
    const measure = createPairCosines(rows, 3 * 8 * 4);
    const seen: number[] = [];
    for (const pair of [[0, 1], [], [7, 8], [0, 8], [1, 0]]) {
      measure(Int32Array.from(pair), (i, j, cosine) => seen.push(cosine - rows.cosine(i, j)));
    }
    expect(seen).toEqual([0, 0, 0, 0]);
  });

  it('keeps to cosines of at most 1', async () => {
    const features = clusteredRows(30, 3);
    const squares = Array.from({ length: 30 }, (_, i) =>
      features.values.subarray(3 * i, 3 * i + 3).reduce((sum, value) => sum + value * value, 0),
    );
    expect(squares.some((square) => square / Math.sqrt(square) ** 2 > 1)).toBe(true);
    const { visits, expected } = await cosinesOf(
      features,
      squares.flatMap((_, i) => [i, i]),
    );
    expect(visits).toEqual(expected);
    expect(Math.max(...visits.map(([, , cosine]) => cosine))).toBe(1);
  });

  it('does without WebAssembly', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    const { visits, expected } = await cosinesOf(clusteredRows(30), allPairs(30));
    expect(visits).toEqual(expected);
  });
});
