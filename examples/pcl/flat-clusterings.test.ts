import { concentration, type Hierarchy, kMeans } from '@hcsc/kmeans';
import { createRng } from '@hcsc/random';
import { div, memory, norm, type Tensor, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clusteringsFromTensors, clusteringTensors, flatClusterings } from './flat-clusterings.js';

let before = 0;
beforeEach(() => {
  before = memory().numTensors;
});
afterEach(() => {
  expect(memory().numTensors).toBe(before);
});

const CLUSTERS = [5, 12, 3];
const features = (n = 150) =>
  tidy(() => {
    const rows = createRng(2).normalTensor([n, 6]) as Tensor2D;
    return div(rows, norm(rows, 'euclidean', 1, true)) as Tensor2D;
  });
const numbers = (tensor: Tensor) => [...tensor.dataSync()];
const all = (clusterings: Hierarchy) =>
  Object.entries(clusteringTensors(clusterings)).map(([name, tensor]) => [name, tensor.dtype, numbers(tensor)]);

test('each clustering is k-means of the features, with a seed of its own and φ of its own', async () => {
  const points = features();
  const clusterings = await flatClusterings(points, CLUSTERS, { temperature: 0.3, smoothing: 5 });
  expect(clusterings.levels.map(({ parents, alive }) => [parents, alive])).toEqual(CLUSTERS.map(() => [null, null]));
  for (const [m, k] of CLUSTERS.entries()) {
    const { centroids, assignments, concentration: phi, counts } = clusterings.levels[m]!;
    // The official code's options.
    const found = await kMeans(points, k, { iterations: 20, restarts: 5, seed: m, maxPointsPerCentroid: 1000 });
    const expected = await concentration(found.distances, found.assignments, k, { temperature: 0.3, smoothing: 5 });
    const unit = tidy(() => div(found.centroids, norm(found.centroids, 'euclidean', 1, true)));
    expect(centroids).toBeAllclose(unit, 1e-5);
    expect(numbers(assignments)).toEqual(numbers(found.assignments));
    expect(numbers(counts)).toEqual(numbers(found.counts));
    expect(phi).toBeAllclose(expected, 1e-6);
    expect(numbers(phi).reduce((a, b) => a + b) / k).toBeCloseTo(0.3, 4);
    for (const each of [found, expected, unit]) each.dispose();
  }
  clusterings.dispose();
  points.dispose();
});

test('a warm start is each clustering’s own', async () => {
  const points = features();
  const first = await flatClusterings(points, CLUSTERS, {});
  const still = await flatClusterings(points, CLUSTERS, { warmStart: first, iterations: 0 });
  for (const [m, { centroids }] of still.levels.entries()) {
    expect(centroids).toBeAllclose(first.levels[m]!.centroids, 1e-6);
  }
  for (const each of [first, still, points]) each.dispose();
});

test('one that cannot be made leaves nothing of the others behind', async () => {
  const points = features(9);
  await expect(flatClusterings(points, [3, 9, 10], {})).rejects.toThrow('Cannot cluster 9 features into 10 clusters');
  const controller = new AbortController();
  controller.abort();
  await expect(flatClusterings(points, [3, 9], { signal: controller.signal })).rejects.toThrow(/abort/i);
  points.dispose();
});

test('named for a checkpoint and read back, all or none', async () => {
  const points = features();
  const clusterings = await flatClusterings(points, CLUSTERS, {});
  const tensors = clusteringTensors(clusterings);
  const again = clusteringsFromTensors({ ...tensors, queue: points }, 3)!;
  expect(all(again)).toEqual(all(clusterings));
  again.dispose();
  expect(clusteringsFromTensors({ queue: points }, 3)).toBeNull();

  const kept = memory().numTensors;
  const without = (start: string) =>
    Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.startsWith(start)));
  expect(() => clusteringsFromTensors(without('clustering2/hierarchy.0.counts'), 3)).toThrow(
    'without hierarchy.0.counts [12]',
  );
  expect(() => clusteringsFromTensors(without('clustering3'), 3)).toThrow(
    new RangeError('Cannot go on with 2 clusterings of 3: give all of them, or none'),
  );
  expect(memory().numTensors).toBe(kept);
  clusterings.dispose();
  points.dispose();
});
