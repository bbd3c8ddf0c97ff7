import { dispose, memory, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { uniformDraws } from './drawn-rows.fixture.js';
import { kMeans } from './k-means.js';
import type { KMeansOptions } from './k-means-options.js';
import { expectNearest } from './nearest.fixture.js';

/** `[n, width]`, uniform around 0. */
function random(n: number, width: number, size: number): Float32Array {
  const draw = uniformDraws(n + width);
  return Float32Array.from({ length: n * width }, () => 2 * size * draw());
}

/** Clusters and checks that all numbers are numbers, and that every point is counted once. */
async function expectFinite(values: Float32Array, width: number, k: number, options: KMeansOptions = {}) {
  const before = memory().numTensors;
  const n = values.length / width;
  const points = tensor2d(values, [n, width]);
  const found = await kMeans(points, k, { iterations: 6, ...options });
  const { objective, splits } = found;
  const [centroids, distances] = [Float32Array.from(found.centroids.dataSync()), found.distances.dataSync()];
  const [assignments, counts] = [found.assignments.dataSync(), found.counts.dataSync()];
  found.dispose();
  points.dispose();
  expect(memory().numTensors).toBe(before);
  for (const numbers of [centroids, distances, objective, splits]) {
    expect([...numbers].filter((value) => !Number.isFinite(value))).toEqual([]);
  }
  expect([centroids.length, assignments.length, counts.length]).toEqual([k * width, n, k]);
  const histogram = new Int32Array(k);
  for (const cluster of assignments) histogram[cluster]!++;
  expect([...counts]).toEqual([...histogram]);
  const { spherical = false } = options;
  expectNearest({ values, width }, { values: centroids, width }, assignments, spherical);
  if (!spherical) expect([...distances].every((distance) => distance >= 0)).toBe(true);
  return { centroids, assignments, counts, distances, objective, splits };
}

describe.each([false, true])('spherical: %s', (spherical) => {
  test.each([1e15, 1e12, 1e6, 1e-6, 1e-12, 1e-19, 1e-30, 1e-38, 1e-45])('points of size %d', async (size) => {
    await expectFinite(random(60, 4, size), 4, 7, { spherical });
    await expectFinite(random(60, 1, size), 1, 5, { spherical, restarts: 2 });
  });

  test.each([0, 1, -3.7, 1e15, -1e15, 1e-30])('identical points, all %d', async (value) => {
    const { counts } = await expectFinite(new Float32Array(30 * 3).fill(value), 3, 4, { spherical });
    expect(Math.max(...counts)).toBeGreaterThan(0);
    await expectFinite(new Float32Array(4 * 3).fill(value), 3, 4, { spherical });
  });

  test('zero vectors among others', async () => {
    const values = random(50, 3, 1);
    values.fill(0, 0, 20 * 3);
    await expectFinite(values, 3, 6, { spherical });
    await expectFinite(values, 3, 50, { spherical });
  });

  test.each([
    [1, 1, 1],
    [1, 5, 1],
    [7, 1, 1],
    [7, 1, 7],
    [40, 1, 6],
    [9, 4, 9],
    [10, 4, 9],
    [40, 4, 1],
  ])('%i points of width %i, %i clusters', async (n, width, k) => {
    await expectFinite(random(n, width, 1), width, k, { spherical });
    await expectFinite(random(n, width, 1), width, k, { spherical, iterations: 0 });
    await expectFinite(random(n, width, 1), width, k, { spherical, blockSize: 1 });
  });

  test('an outlier of 1e12 beside points of size 1', async () => {
    const values = random(80, 3, 1);
    values.set([1e12, -1e12, 1e12], 30);
    const { assignments, counts } = await expectFinite(values, 3, 5, { spherical, restarts: 3 });
    if (!spherical) expect(counts[assignments[10]!]).toBe(1);
  });

  test('sizes from 1e-30 to 1e15 side by side', async () => {
    const draw = uniformDraws(3);
    const values = Float32Array.from(
      { length: 90 * 4 },
      (_, at) => 2 * draw() * 10 ** ((Math.floor(at / 4) % 46) - 30),
    );
    await expectFinite(values, 4, 8, { spherical });
  });

  test('centroids given twice, all the same, far away or at 0', async () => {
    const values = random(60, 3, 1);
    const rows = values.slice(0, 9);
    const starts = [
      [...rows, ...rows],
      Array.from({ length: 6 }, () => [...rows.subarray(0, 3)]).flat(),
      Array.from({ length: 18 }, (_, at) => (at % 2 ? 1e15 : -1e15)),
      Array.from({ length: 18 }, (_, at) => 1e15 / (at + 1)),
      new Array<number>(18).fill(0),
    ];
    for (const start of starts) {
      const initialCentroids = tensor2d(start, [6, 3]);
      const { counts } = await expectFinite(values, 3, 6, { spherical, initialCentroids, iterations: 12 });
      expect(Math.max(...counts)).toBeLessThan(60);
      dispose(initialCentroids);
    }
  });
});

test.each([1e-12, 1, 1e12])('clusters of size %d are told apart', async (size) => {
  // Three groups, far from each other; the size is no reason to see them as one.
  const values = random(60, 2, size / 100).map((value, at) => value + size * ((at >> 1) % 3));
  const initialCentroids = tensor2d(values.slice(0, 6), [3, 2]);
  const { assignments } = await expectFinite(values, 2, 3, { initialCentroids });
  expect([...assignments]).toEqual(Array.from({ length: 60 }, (_, i) => i % 3));
  initialCentroids.dispose();
});

test('identical points need one cluster: no distance, no objective', async () => {
  for (const value of [0, 0.1, -7, 1e15]) {
    const { distances, objective } = await expectFinite(new Float32Array(40 * 3).fill(value), 3, 1);
    expect([...distances, ...objective].every((number) => number <= 1e-10 * value * value)).toBe(true);
  }
});

test.each([1e4, 1e6])('the objective keeps its digits at %f from the origin', async (offset) => {
  const values = Float32Array.from({ length: 600 }, (_, i) => offset + (i % 4 < 2 ? 0 : 8) + ((i * 7919) % 5));
  const result = await kMeans({ values, width: 2 }, 3, { iterations: 6 });
  const centroids = await result.centroids.data();
  const assignments = await result.assignments.data();
  let slow = 0;
  values.forEach((value, at) => {
    slow += (value - centroids[2 * assignments[at >> 1]! + (at % 2)]!) ** 2;
  });
  expect(result.iterations.at(-1)!.changed).toBe(0);
  expect(Math.abs(result.objective.at(-1)! - slow)).toBeLessThan(1e-9 * slow);
  result.dispose();
});
