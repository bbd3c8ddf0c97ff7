import { tensor1d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectNoLeaks, numbers } from './blobs.fixture.js';
import { type HierarchyIteration, type HierarchyOptions, hierarchicalKMeans, kMeans } from './index.js';
import { normalizeRows } from './normalize-rows.js';
import { unitFeatures } from './unit-features.fixture.js';

expectNoLeaks();

test.each<[string, Pick<HierarchyOptions, 'init' | 'tolerance'>]>([
  ['init', { init: 'k-means++' }],
  ['tolerance', { tolerance: 0.05 }],
])('%s is that of k-means at every level', async (name, options) => {
  const features = unitFeatures(200, 8, 1);
  const hierarchy = await hierarchicalKMeans(features, [20, 6], { ...options, restarts: 2 });
  const plain = await hierarchicalKMeans(features, [20, 6], { restarts: 2 });
  for (const [l, points] of [features, hierarchy.levels[0]!.centroids].entries()) {
    const given = { ...options, iterations: 20, restarts: 2, seed: l, maxPointsPerCentroid: 1000 };
    const found = await kMeans(points, [20, 6][l]!, given);
    const prototypes = normalizeRows(Float32Array.from(numbers(found.centroids)), 8);
    expect([name, numbers(hierarchy.levels[l]!.centroids)]).toEqual([name, [...prototypes]]);
    found.dispose();
  }
  expect(numbers(plain.levels[0]!.centroids)).not.toEqual(numbers(hierarchy.levels[0]!.centroids));
  for (const each of [hierarchy, plain, features]) each.dispose();
});

test('weights are those of the features: they move the prototypes, and count as one image each', async () => {
  const features = unitFeatures(150, 6, 2);
  const weights = Float32Array.from({ length: 150 }, (_, i) => i % 4);
  const tensor = tensor1d(weights);
  const given = { iterations: 20, restarts: 5, seed: 0, maxPointsPerCentroid: 1000 };
  const found = await kMeans(features, 12, { ...given, weights });
  const above = normalizeRows(Float32Array.from(numbers(found.centroids)), 6);
  for (const each of [weights, tensor]) {
    const hierarchy = await hierarchicalKMeans(features, [12, 4], { weights: each, assignment: 'tree' });
    const [level] = hierarchy.levels;
    expect(numbers(level!.centroids)).toEqual([...above]);
    expect(numbers(level!.counts)).toEqual(numbers(found.counts));
    const next = await kMeans(level!.centroids, 4, { ...given, seed: 1 });
    expect(numbers(hierarchy.levels[0]!.parents!)).toEqual(numbers(next.assignments));
    next.dispose();
    hierarchy.dispose();
  }
  await expect(hierarchicalKMeans(features, [12], { weights: weights.slice(1) })).rejects.toThrow('weights');
  for (const each of [found, features, tensor]) each.dispose();
});

test.each<HierarchyOptions>([
  {},
  { assignment: 'tree', restarts: 1 },
  { smallClusters: 'drop', minMembers: 9 },
  { iterations: 0 },
])('the share that is done rises from 0 to 1 over all levels: %o', async (options) => {
  const features = unitFeatures(260, 6, 1);
  const shares: number[] = [];
  const levels: [number, number][] = [];
  const onIteration = ({ level }: HierarchyIteration) => levels.push([level, shares.at(-1)!]);
  const onProgress = (share: number) => shares.push(share);
  const hierarchy = await hierarchicalKMeans(features, [30, 10, 3], {
    ...{ blockSize: 40, iterations: 5, restarts: 3, ...options },
    ...{ onIteration, onProgress },
  });
  expect([shares[0], shares.at(-1)]).toEqual([0, 1]);
  expect(shares).toEqual([...new Set(shares)].sort((a, b) => a - b));
  // The first level takes most of the work.
  const [first, second] = [0, 1].map((level) => levels.filter(([l]) => l === level).map(([, share]) => share));
  if (options.iterations !== 0) expect(Math.max(...first!)).toBeGreaterThan(0.5);
  expect(Math.min(...second!)).toBeGreaterThanOrEqual(Math.max(...first!));
  hierarchy.dispose();
  features.dispose();
});

test('what onProgress throws ends the call', async () => {
  const features = unitFeatures(60, 6, 1);
  const onProgress = (share: number) => {
    if (share > 0.5) throw new Error('enough');
  };
  await expect(hierarchicalKMeans(features, [12, 4], { onProgress })).rejects.toThrow('enough');
  features.dispose();
});
