import { createRng } from '@hcsc/random';
import { memory, mul, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type FindNearestOptions,
  findNearest,
  type NearestNeighbours,
  neighbourOverlap,
  neighbourPurity,
} from './index.js';

const [N, M, D] = [70, 11, 5];
let candidates: Tensor2D;
let queries: Tensor2D;
beforeAll(() => {
  candidates = createRng(1).normalTensor([N, D], 0.4) as Tensor2D;
  queries = createRng(2).normalTensor([M, D], 0.4) as Tensor2D;
});
afterAll(() => {
  candidates.dispose();
  queries.dispose();
});

/** One pair of rows after the other. */
function slowNearest(center: boolean) {
  const a = candidates.arraySync();
  const middle = Array.from({ length: D }, (_, d) => (center ? a.reduce((sum, row) => sum + row[d]! / N, 0) : 0));
  const unit = (row: number[]) => {
    const moved = row.map((x, d) => x - middle[d]!);
    return moved.map((x) => x / Math.hypot(...moved));
  };
  return queries.arraySync().map((query) => {
    const cosine = (row: number[]) => unit(row).reduce((sum, x, d) => sum + x * unit(query)[d]!, 0);
    return a.map((row, index) => ({ index, cosine: cosine(row) })).sort((x, y) => y.cosine - x.cosine);
  });
}

describe.each([
  [1, false],
  [5, false],
  [5, true],
  [N, false],
])('k %i, center %s', (k, center) => {
  test.each([2, 1000])('the nearest of a loop over pairs, in blocks of %i', async (blockSize) => {
    const before = memory().numTensors;
    const found = await findNearest(candidates, queries, { k, center, blockSize });
    const slow = slowNearest(center).map((row) => row.slice(0, k));
    expect(found.k).toBe(k);
    expect([...found.indices]).toEqual(slow.flat().map(({ index }) => index));
    expect(found.similarities).toBeAllclose(
      slow.flat().map(({ cosine }) => cosine),
      1e-5,
    );
    expect(memory().numTensors).toBe(before);
  });
});

test('five by default, and lengths of features do not matter', async () => {
  const long = mul(candidates, 100) as Tensor2D;
  const [found, same] = [await findNearest(candidates, queries), await findNearest(long, queries)];
  expect(found.k).toBe(5);
  expect(same.indices).toEqual(found.indices);
  long.dispose();
});

describe('bad input is refused, without a tensor left behind', () => {
  test.each<[string, FindNearestOptions, string]>([
    ['more than there are', { k: N + 1 }, 'Cannot find the 71 nearest of 70 candidates: give k from 1 to 70'],
    ['none', { k: 0 }, 'Cannot find the 0 nearest of 70 candidates'],
    ['half a neighbour', { k: 1.5 }, 'Cannot find the 1.5 nearest'],
    ['no block', { blockSize: 0 }, 'Cannot compare in blocks of 0'],
  ])('%s', async (_, options, message) => {
    const before = memory().numTensors;
    await expect(findNearest(candidates, queries, options)).rejects.toThrow(RangeError);
    await expect(findNearest(candidates, queries, options)).rejects.toThrow(message);
    expect(memory().numTensors).toBe(before);
  });

  test('features', async () => {
    const narrow = tensor2d(new Float32Array(M * 2), [M, 2]);
    await expect(findNearest(candidates, narrow)).rejects.toThrow(
      "Cannot compare query features of 2 dimensions with candidate features of 5: give the same encoder's",
    );
    const broken = tensor2d(new Float32Array(M * D).fill(Number.NaN), [M, D]);
    const before = memory().numTensors;
    await expect(findNearest(candidates, broken)).rejects.toThrow('query features that hold NaN');
    await expect(findNearest(broken, queries)).rejects.toThrow('candidate features that hold NaN');
    expect(memory().numTensors).toBe(before);
    const whole = tensor2d(new Int32Array(M * D), [M, D], 'int32');
    await expect(findNearest(whole, queries)).rejects.toThrow(TypeError);
    for (const tensor of [narrow, broken, whole]) tensor.dispose();
  });
});

const found = (k: number, ...indices: number[]): NearestNeighbours => ({
  ...{ k, indices: Int32Array.from(indices), similarities: new Float32Array(indices.length) },
});

describe('purity', () => {
  test('the share of neighbours of the query’s class, beside that of all candidates', () => {
    const labels = [0, 0, 1, 1, 1, 2];
    const { share, chance } = neighbourPurity(found(3, 0, 2, 1, 5, 3, 4), labels, [0, 1]);
    expect(share).toBeCloseTo((2 + 2) / 6, 12);
    expect(chance).toBeCloseTo((2 / 6 + 3 / 6) / 2, 12);
  });

  test('a class that no candidate has', () => {
    expect(neighbourPurity(found(1, 0), [0, 1], [7])).toEqual({ share: 0, chance: 0 });
  });

  test('labels that do not fit are refused', () => {
    expect(() => neighbourPurity(found(1, 0, 1), [0, 1], [0])).toThrow('2 query features with 1 labels');
    expect(() => neighbourPurity(found(1, 2), [0, 1], [0])).toThrow('class of candidate 2 with 2 labels');
    expect(() => neighbourPurity(found(1, 0), [0, -1], [0])).toThrow('-1 as the label of candidate row 1');
    expect(() => neighbourPurity(found(1, 0), [0], [0.5])).toThrow('0.5 as the label of query row 0');
  });
});

describe('overlap', () => {
  test('what two lists share, in any order', () => {
    // 2 of 3 shared, of 4 in all; none shared, of 6 in all
    const { shared, jaccard } = neighbourOverlap(found(3, 1, 2, 3, 4, 5, 6), found(3, 3, 9, 1, 7, 8, 9));
    expect(shared).toBeCloseTo(1, 12);
    expect(jaccard).toBeCloseTo((2 / 4 + 0) / 2, 12);
    expect(neighbourOverlap(found(2, 1, 2), found(2, 2, 1))).toEqual({ shared: 2, jaccard: 1 });
  });

  test('lists of other lengths are refused', () => {
    expect(() => neighbourOverlap(found(2, 1, 2), found(1, 1, 2))).toThrow('2 neighbours of 1 queries with 1 of 2');
    expect(() => neighbourOverlap(found(2, 1, 2), found(2, 1, 2, 3, 4))).toThrow(RangeError);
  });
});
