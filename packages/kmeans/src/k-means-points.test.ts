import { memory, tensor2d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { blobs, expectNoLeaks, numbers } from './blobs.fixture.js';
import { type KMeansResult, kMeans } from './k-means.js';
import type { KMeansOptions } from './k-means-options.js';
import { cut, reusedBlocks, tensorBlocks } from './point-blocks.fixture.js';
import type { PointBlocks, Points } from './points.js';

expectNoLeaks();

function outcome(result: KMeansResult) {
  const { centroids, assignments, distances, counts, objective, splits } = result;
  const read = {
    centroids: numbers(centroids),
    assignments: numbers(assignments),
    distances: numbers(distances),
    counts: numbers(counts),
    ...{ objective, splits },
  };
  result.dispose();
  return read;
}

const data = blobs(400, 5, 31);
const values = Float32Array.from(data.flat());
const weights = Float32Array.from(data, (_, i) => (i % 5) / 2);

test.each<[string, number, KMeansOptions]>([
  ['defaults', 8, {}],
  ['restarts', 8, { restarts: 3, seed: 3, iterations: 6 }],
  ['spherical', 7, { spherical: true }],
  ['weights', 8, { weights }],
  ['k-means++', 9, { init: 'k-means++', restarts: 2 }],
  ['spherical k-means++ with weights', 9, { init: 'k-means++', spherical: true, weights }],
  ['a random subset', 6, { maxPointsPerCentroid: 20 }],
  ['a random subset with weights, k-means++', 6, { maxPointsPerCentroid: 40, weights, init: 'k-means++' }],
  ['tolerance', 8, { tolerance: 0.01 }],
  ['no iterations', 8, { iterations: 0 }],
  ['as many clusters as points', 400, {}],
  ['more clusters than distinct starts need', 150, { iterations: 4 }],
])('a tensor, a typed array and blocks give the same: %s', async (_, k, options) => {
  const tensor = tensor2d(values, [400, 5]);
  const forms: Record<string, Points> = {
    matrix: { values, width: 5 },
    'one block': { width: 5, blocks: () => [values] },
    'small blocks, some empty': { width: 5, blocks: () => cut(values, 5, [1, 0, 7, 50, 0, 3]) },
    'empty blocks around': { width: 5, blocks: () => [new Float32Array(0), values, new Float32Array(0)] },
    tensors: tensorBlocks(values, 5, [64, 0, 9]),
    'an array used again': reusedBlocks(values, 5, 33),
  };
  const expected = outcome(await kMeans(tensor, k, options));
  for (const [form, points] of Object.entries(forms)) {
    const actual = outcome(await kMeans(points, k, options));
    expect(actual.assignments, form).toEqual(expected.assignments);
    expect(actual.counts, form).toEqual(expected.counts);
    expect(actual.splits, form).toEqual(expected.splits);
    expect(actual.centroids, form).toBeAllclose(expected.centroids, 1e-6);
    expect(actual.distances, form).toBeAllclose(expected.distances, 1e-6);
    expect(actual.objective, form).toBeAllclose(expected.objective, 1e-6);
  }
  tensor.dispose();
});

test('of different centroids that are equally near the first takes the points, in memory as in blocks', async () => {
  // Whole numbers, so that ties are exact; moving towards a tie must not keep a point where it was.
  for (let seed = 1; seed <= 150; seed++) {
    const values = new Float32Array(27).map((_, i) => Math.imul(seed * 31 + i, 2654435761) >>> 30);
    const points = { values, width: 3 };
    const options = { seed, iterations: 8 };
    const blocks = { width: 3, blocks: () => cut(values, 3, [4]) };
    expect(outcome(await kMeans(points, 3, options))).toEqual(outcome(await kMeans(blocks, 3, options)));
  }
});

test('initial centroids, fewer than clusters, frozen', async () => {
  const initialCentroids = tensor2d(data.slice(5, 8));
  for (const init of ['random', 'k-means++'] as const) {
    const options = { initialCentroids, frozenCentroids: true, init };
    const expected = outcome(await kMeans({ values, width: 5 }, 9, options));
    const actual = outcome(await kMeans(tensorBlocks(values, 5, [90]), 9, options));
    expect(actual.assignments).toEqual(expected.assignments);
    expect(actual.centroids.slice(0, 15)).toEqual(data.slice(5, 8).flat());
    expect(actual.centroids).toBeAllclose(expected.centroids, 1e-6);
  }
  initialCentroids.dispose();
});

test('more points than go through the device at once, and than k-means++ looks at', async () => {
  const many = Float32Array.from(blobs(20_000, 3, 32).flat());
  const expected = outcome(await kMeans({ values: many, width: 3 }, 5, { maxPointsPerCentroid: 4000, iterations: 4 }));
  for (const sizes of [[20_000], [300], [8192], [9000, 10, 8191]]) {
    const points: PointBlocks = { width: 3, blocks: () => cut(many, 3, sizes) };
    const actual = outcome(await kMeans(points, 5, { maxPointsPerCentroid: 4000, iterations: 4 }));
    expect(actual.assignments).toEqual(expected.assignments);
    expect(actual.centroids).toBeAllclose(expected.centroids, 1e-6);
    expect(actual.objective).toBeAllclose(expected.objective, 1e-6);
  }
  const weightless = new Float32Array(20_000).fill(1, 19_950);
  const points: PointBlocks = { width: 3, blocks: () => cut(many, 3, [4096]) };
  const options = { maxPointsPerCentroid: 20_000, iterations: 2, init: 'k-means++' as const };
  const seeded = outcome(await kMeans(points, 6, options));
  expect(seeded.objective[0]!).toBeLessThan(expected.objective[0]!);
  // Only the last 50 points weigh something: the sample holds them all.
  const heavy = outcome(await kMeans(points, 6, { ...options, iterations: 0, weights: weightless }));
  const rows = Array.from({ length: 50 }, (_, i) => String(many.subarray((19_950 + i) * 3, (19_951 + i) * 3)));
  for (let c = 0; c < 6; c++) expect(rows).toContain(String(heavy.centroids.slice(c * 3, c * 3 + 3)));
});

test('blocks are read once to count, to start, for each iteration and to assign, and hold no other tensors', async () => {
  const inner = tensorBlocks(values, 5, [50]);
  const before = memory().numTensors;
  let passes = 0;
  const held: number[] = [];
  const points: PointBlocks = {
    width: 5,
    async *blocks() {
      passes++;
      for await (const block of inner.blocks()) {
        held.push(memory().numTensors - before);
        yield block;
      }
    },
  };
  (await kMeans(points, 6, { iterations: 3, restarts: 2 })).dispose();
  expect(passes).toBe(1 + 2 * (1 + 3) + 1);
  expect(new Set(held)).toEqual(new Set([1]));
});

test('progress of blocks rises from 0 to 1', async () => {
  const shares: number[] = [];
  const onProgress = (share: number) => shares.push(share);
  const many = Float32Array.from(blobs(20_000, 3, 33).flat());
  const points: PointBlocks = { width: 3, blocks: () => cut(many, 3, [3000]) };
  (await kMeans(points, 4, { iterations: 2, maxPointsPerCentroid: 5000, onProgress })).dispose();
  expect(shares.at(-1)).toBe(1);
  expect(shares).toEqual([...new Set(shares)].sort((a, b) => a - b));
  expect(shares.length).toBeGreaterThan(6);
});

test('a typed array is used in place, and stays as it was', async () => {
  const own = Float32Array.from(values);
  (await kMeans({ values: own, width: 5 }, 4, { spherical: true, init: 'k-means++' })).dispose();
  expect(own).toEqual(values);
});
