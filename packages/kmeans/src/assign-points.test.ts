import { memory, type Rank, type Tensor2D, tensor1d, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { type AssignPointsOptions, assignPoints } from './assign-points.js';
import { blobs, expectNoLeaks, numbers, rows, square } from './blobs.fixture.js';
import { drawRows } from './drawn-rows.fixture.js';
import { kMeans } from './k-means.js';
import { expectNearest } from './nearest.fixture.js';
import type { PointBlocks, Points } from './points.js';
import type { Rows } from './slow-lloyd.fixture.js';

expectNoLeaks();

const tensorOf = ({ values, width }: Rows) => tensor2d(values, [values.length / width, width]);

/** The same points as a tensor, a typed array, and blocks of either. */
function forms(points: Rows, tensor: Tensor2D): [string, Points][] {
  const { values, width } = points;
  function* arrays() {
    for (let at = 0; at < values.length; at += 37 * width) yield values.subarray(at, at + 37 * width);
  }
  const tensors: PointBlocks = {
    width,
    async *blocks() {
      for (const block of arrays()) {
        const one = tensorOf({ values: block, width });
        try {
          yield one;
        } finally {
          one.dispose();
        }
      }
    },
  };
  return [
    ['tensor', tensor],
    ['matrix', points],
    ['arrays', { width, blocks: arrays }],
    ['tensors', tensors],
  ];
}

test.each<[string, number, number, AssignPointsOptions]>([
  ['more points than centroids', 300, 20, {}],
  ['small blocks', 300, 20, { blockSize: 7 }],
  ['fewer points than centroids', 3, 40, {}],
  ['one point, one centroid', 1, 1, {}],
  ['centroids in groups', 200, 300, {}],
  ['spherical, of centroids of any length', 200, 12, { spherical: true }],
])('%s: each point has the nearest centroid, and its distance', async (_, n, k, options) => {
  const points = drawRows(n, 6, 4, 1);
  const centroids = drawRows(k, 6, 4, 2);
  const [tensor, given] = [tensorOf(points), tensorOf(centroids)];
  for (const [form, each] of forms(points, tensor)) {
    const found = await assignPoints(each, given, options);
    const assignments = numbers(found.assignments);
    expect([form, found.assignments.dtype, found.assignments.shape]).toEqual([form, 'int32', [n]]);
    expectNearest(points, centroids, assignments, options.spherical);
    const slow = rows(tensor).map((x, i) => {
      const c = rows(given)[assignments[i]!]!;
      return options.spherical ? x.reduce((sum, value, j) => sum + value * c[j]!, 0) : square(x, c);
    });
    expect(numbers(found.distances)).toEqual([...Float32Array.from(slow)]);
    found.dispose();
  }
  for (const each of [tensor, given]) each.dispose();
});

test.each([false, true])('the points of k-means go where it put them; spherical: %s', async (spherical) => {
  const points = tensor2d(blobs(400, 8, 3));
  const clusters = await kMeans(points, 12, { spherical });
  const found = await assignPoints(points, clusters.centroids, { spherical });
  expect(numbers(found.assignments)).toEqual(numbers(clusters.assignments));
  expect(numbers(found.distances)).toEqual(numbers(clusters.distances));
  for (const each of [points, clusters, found]) each.dispose();
});

test('of equal centroids the first takes the points; far from the origin too', async () => {
  const points = tensor2d([10_000, 10_001, 10_003].map((x) => [x, x]));
  const centroids = tensor2d([10_003, 10_001, 10_003, 10_001].map((x) => [x, x]));
  const found = await assignPoints(points, centroids);
  expect(numbers(found.assignments)).toEqual([1, 1, 0]);
  expect(numbers(found.distances)).toEqual([2, 0, 0]);
  for (const each of [points, centroids, found]) each.dispose();
});

test('progress rises to 1; an aborted call rejects with its reason', async () => {
  const points = drawRows(200, 4, 0, 5);
  const centroids = tensorOf(drawRows(5, 4, 0, 6));
  const shares: number[] = [];
  const found = await assignPoints(points, centroids, { blockSize: 20, onProgress: (share) => shares.push(share) });
  expect(shares).toEqual(Array.from({ length: 11 }, (_, i) => i / 10));
  found.dispose();
  const controller = new AbortController();
  const onProgress = (share: number) => {
    if (share > 0.3) controller.abort(new Error('enough'));
  };
  const options = { blockSize: 20, signal: controller.signal, onProgress };
  await expect(assignPoints(points, centroids, options)).rejects.toThrow('enough');
  await expect(assignPoints(points, centroids, { signal: controller.signal })).rejects.toThrow('enough');
  centroids.dispose();
});

test('refuses what does not fit, and leaves nothing behind', async () => {
  const points = zeros<Rank.R2>([4, 3]);
  const [wide, flat, broken] = [tensor2d([[1, 2]]), tensor1d([1, 2, 3]), tensor2d([[1, Number.NaN, 2]])];
  const before = memory().numTensors;
  const cases: [Points, unknown, AssignPointsOptions, RegExp][] = [
    [points, wide, {}, /centroids must have the 3 columns of the points, got shape \[1, 2\]/],
    [points, flat, {}, /centroids must be a matrix \[N, D\], got shape \[3\]/],
    [points, [[1, 2, 3]], {}, /centroids must be a Tensor2D, got Array/],
    [points, broken, {}, /centroids must be finite .* got NaN in row 0, column 1/],
    [broken, points, {}, /points must be finite .* got NaN in row 0, column 1/],
    [points, points, { blockSize: 0 }, /blockSize must be an integer of at least 1, got 0/],
    [{ width: 3, blocks: () => [new Float32Array(4)] }, points, {}, /block 0 of points must be .* got 4 numbers/],
  ];
  for (const [given, centroids, options, message] of cases) {
    await expect(assignPoints(given, centroids as Tensor2D, options)).rejects.toThrow(message);
    expect(memory().numTensors).toBe(before);
  }
  for (const each of [points, wide, flat, broken]) each.dispose();
});
