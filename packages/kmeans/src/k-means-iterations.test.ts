import { dispose, tensor2d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { blobs, expectNoLeaks, numbers, rows, slowNearest } from './blobs.fixture.js';
import { kMeans } from './k-means.js';
import type { KMeansIteration } from './lloyd.js';
import { imbalanceFactor } from './quality/imbalance-factor.js';

expectNoLeaks();

test('the iterations of the best run are kept, as onIteration was told of them', async () => {
  const points = tensor2d(blobs(200, 5, 41));
  const told: KMeansIteration[] = [];
  const result = await kMeans(points, 9, { restarts: 4, iterations: 6, seed: 8, onIteration: (it) => told.push(it) });
  const { restart } = result.iterations[0]!;
  expect(restart).toBeGreaterThan(0);
  expect(result.iterations).toEqual(told.filter((it) => it.restart === restart));
  expect(result.iterations.map(({ iteration }) => iteration)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(result.objective).toEqual(result.iterations.map(({ objective }) => objective));
  expect(result.splits).toEqual(result.iterations.map(({ splits }) => splits));
  const seconds = result.iterations.map((it) => it.seconds);
  expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
  expect(seconds[0]).toBeGreaterThan(0);
  result.dispose();
  points.dispose();
});

test('changed points and imbalance are those of the assignment before the update', async () => {
  const data = blobs(160, 4, 42);
  const points = tensor2d(data);
  const initialCentroids = tensor2d(data.slice(0, 6));
  const result = await kMeans(points, 6, { iterations: 25, initialCentroids });
  let before = data.map(() => -1);
  for (const { iteration, changed, imbalance } of result.iterations) {
    const at = await kMeans(points, 6, { iterations: iteration, initialCentroids });
    const centroids = rows(at.centroids);
    const assignments = data.map((point) => slowNearest(point, centroids));
    expect(changed).toBe(assignments.filter((cluster, i) => cluster !== before[i]).length);
    expect(imbalance).toBeCloseTo(imbalanceFactor(centroids.map((_, c) => assignments.filter((a) => a === c).length)));
    before = assignments;
    at.dispose();
  }
  expect(result.iterations[0]!.changed).toBe(160);
  // Settled: the figures repeat.
  const settled = result.iterations.findIndex(({ changed }) => changed === 0);
  expect(settled).toBeLessThan(20);
  expect(new Set(result.objective.slice(settled)).size).toBe(1);
  result.dispose();
  dispose([points, initialCentroids]);
});

test.each([false, true])('a tolerance ends a run where the objective says (spherical: %s)', async (spherical) => {
  const points = tensor2d(blobs(300, 6, 43));
  const options = { spherical, seed: 6, iterations: 25 };
  const full = await kMeans(points, 12, options);
  const lengths = new Set<number>();
  for (const tolerance of [0.5, 0.05, 0.01, 1e-3, 1e-9]) {
    const end = full.objective.findIndex((value, t) => {
      const last = full.objective[t - 1]!;
      return t > 0 && Math.abs(value - last) <= tolerance * Math.abs(last);
    });
    const result = await kMeans(points, 12, { ...options, tolerance });
    expect(result.objective).toEqual(full.objective.slice(0, end + 1));
    expect([result.splits.length, result.iterations.length]).toEqual([end + 1, end + 1]);
    const sameLength = await kMeans(points, 12, { ...options, iterations: end + 1 });
    expect(numbers(result.centroids)).toEqual(numbers(sameLength.centroids));
    lengths.add(end);
    result.dispose();
    sameLength.dispose();
  }
  expect(lengths.size).toBeGreaterThan(2);
  full.dispose();
  points.dispose();
});

test('a tolerance does not keep a run from going on while clusters are being filled', async () => {
  const data = blobs(100, 3, 44);
  const points = tensor2d(data);
  const initialCentroids = tensor2d(new Array<number[]>(6).fill(data[0]!));
  const result = await kMeans(points, 6, { initialCentroids, tolerance: 1e-4 });
  expect(result.splits[0]).toBe(5);
  expect(Math.min(...numbers(result.counts))).toBeGreaterThan(0);
  result.dispose();
  dispose([points, initialCentroids]);
});

test('the runs of restarts end each by themselves', async () => {
  const points = tensor2d(blobs(200, 5, 45));
  const told: KMeansIteration[] = [];
  const result = await kMeans(points, 10, { restarts: 3, tolerance: 0.02, onIteration: (it) => told.push(it) });
  const lengths = [0, 1, 2].map((restart) => told.filter((it) => it.restart === restart).length);
  for (const length of lengths) expect(length).toBeLessThan(25);
  expect(result.iterations).toHaveLength(lengths[result.iterations[0]!.restart]!);
  result.dispose();
  points.dispose();
});
