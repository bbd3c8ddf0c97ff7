import { dispose, tensor2d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { blobs, expectNoLeaks, numbers } from './blobs.fixture.js';
import { kMeans } from './k-means.js';
import type { KMeansOptions } from './k-means-options.js';

expectNoLeaks();

const cases: [string, number, KMeansOptions][] = [
  ['one run', 8, { blockSize: 32 }],
  ['restarts', 8, { restarts: 3, iterations: 4 }],
  ['a tolerance', 8, { tolerance: 0.05, restarts: 2, blockSize: 64 }],
  ['a random subset', 3, { maxPointsPerCentroid: 20, blockSize: 10 }],
  ['no iterations', 8, { iterations: 0 }],
  ['as many clusters as points', 200, {}],
];

test.each(cases)('with %s progress rises from 0 to 1, and changes nothing', async (_, k, options) => {
  const points = tensor2d(blobs(200, 4, 51));
  const shares: number[] = [];
  const result = await kMeans(points, k, { ...options, onProgress: (share) => shares.push(share) });
  const without = await kMeans(points, k, options);
  expect(shares[0]).toBe(0);
  expect(shares.at(-1)).toBe(1);
  expect(shares).toEqual([...new Set(shares)].sort((a, b) => a - b));
  expect(numbers(result.centroids)).toEqual(numbers(without.centroids));
  result.dispose();
  without.dispose();
  points.dispose();
});

test('the share is that of the points looked at, each run and the assignment of all at the end counted', async () => {
  const points = tensor2d(blobs(200, 4, 52));
  let last = -1;
  const reached: number[] = [];
  const result = await kMeans(points, 20, {
    ...{ restarts: 2, iterations: 3, maxPointsPerCentroid: 5, seed: 1 },
    onIteration: () => reached.push(last),
    onProgress: (share) => {
      last = share;
    },
  });
  // Two runs of three iterations over 100 points each, then all 200: 800 in total.
  expect(reached).toHaveLength(6);
  reached.forEach((share, passes) => {
    expect(share).toBeGreaterThanOrEqual(passes / 8);
    expect(share).toBeLessThanOrEqual((passes + 1) / 8);
  });
  result.dispose();
  points.dispose();
});

test('a run that ends early jumps ahead', async () => {
  const points = tensor2d(blobs(100, 3, 53));
  const shares: number[] = [];
  const result = await kMeans(points, 3, {
    tolerance: 0.9,
    iterations: 100,
    onProgress: (share) => shares.push(share),
  });
  expect(result.iterations).toHaveLength(2);
  expect(shares.filter((share) => share > 0.03 && share < 100 / 101)).toEqual([]);
  expect(shares.at(-1)).toBe(1);
  result.dispose();
  points.dispose();
});

test.each([0, 0.3, 1])('what onProgress throws from %d on is passed on', async (from) => {
  const points = tensor2d(blobs(120, 4, 54));
  const initialCentroids = tensor2d(blobs(2, 4, 54));
  const onProgress = (share: number) => {
    if (share >= from) throw new Error(`from the caller, at ${share}`);
  };
  const options = { initialCentroids, maxPointsPerCentroid: 10, blockSize: 16, onProgress };
  await expect(kMeans(points, 5, options)).rejects.toThrow('from the caller, at');
  dispose([points, initialCentroids]);
});

test('onProgress may abort', async () => {
  const points = tensor2d(blobs(120, 4, 55));
  const controller = new AbortController();
  const shares: number[] = [];
  const onProgress = (share: number) => {
    shares.push(share);
    if (share > 0) controller.abort(new Error('far enough'));
  };
  await expect(kMeans(points, 5, { signal: controller.signal, onProgress })).rejects.toThrow('far enough');
  expect(shares.at(-1)).toBeLessThan(1);
  points.dispose();
});
