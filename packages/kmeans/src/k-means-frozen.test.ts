import { dispose, ones, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { blobs, expectNoLeaks, numbers, rows, slowNearest, square } from './blobs.fixture.js';
import { kMeans } from './k-means.js';
import { normalizeRows } from './normalize-rows.js';
import { randomOrder } from './random-order.js';

expectNoLeaks();

test('fewer initial centroids than clusters: the others are the points that would be drawn in their places', async () => {
  const data = blobs(80, 3, 31);
  const [points, initialCentroids] = [tensor2d(data), tensor2d([[1, 2, 3]])];
  const order = randomOrder(80, 6);
  const started = await kMeans(points, 4, { iterations: 0, seed: 5, initialCentroids });
  expect(rows(started.centroids)).toEqual([[1, 2, 3], ...[1, 2, 3].map((i) => data[order[i]!]!)]);
  const all = tensor2d(rows(started.centroids));
  const drawn = await kMeans(points, 4, { seed: 5, initialCentroids });
  const given = await kMeans(points, 4, { seed: 5, initialCentroids: all });
  expect(numbers(drawn.centroids)).toEqual(numbers(given.centroids));
  for (const result of [started, drawn, given]) result.dispose();
  dispose([points, initialCentroids, all]);
});

test('restarts draw the rest anew, and begin with the same given ones', async () => {
  const data = blobs(90, 4, 32);
  const [points, initialCentroids] = [tensor2d(data), tensor2d(data.slice(0, 2))];
  const best = await kMeans(points, 9, { initialCentroids, restarts: 3, iterations: 5 });
  const singles = [];
  for (let restart = 0; restart < 3; restart++) {
    singles.push(await kMeans(points, 9, { initialCentroids, iterations: 5, seed: 1234 + restart * 15486557 }));
  }
  const last = singles.map(({ objective }) => objective.at(-1)!);
  expect(new Set(last).size).toBe(3);
  expect(numbers(best.centroids)).toEqual(numbers(singles[last.indexOf(Math.min(...last))]!.centroids));
  for (const result of [best, ...singles]) result.dispose();
  dispose([points, initialCentroids]);
});

test.each([false, true])(
  'frozen centroids stay, bit for bit, the others are means (spherical: %s)',
  async (spherical) => {
    const data = blobs(200, 5, 33);
    // The second one is far from every point.
    const frozen = [data[3]!.map((value) => value + 0.1), [-900, 500, 0, 1, 2], data[8]!];
    const [points, initialCentroids] = [tensor2d(data), tensor2d(frozen)];
    const result = await kMeans(points, 8, {
      initialCentroids,
      frozenCentroids: true,
      spherical,
      iterations: 40,
      restarts: 2,
    });
    const kept = Float32Array.from(frozen.flat());
    expect(numbers(result.centroids).slice(0, 15)).toEqual(Array.from(spherical ? normalizeRows(kept, 5) : kept));
    expect(result.iterations.at(-1)!.changed).toBe(0);
    const assignments = numbers(result.assignments);
    for (let cluster = 3; cluster < 8; cluster++) {
      const members = data.filter((_, i) => assignments[i] === cluster);
      expect(members.length).toBeGreaterThan(0);
      const mean = members[0]!.map((_, j) => members.reduce((sum, point) => sum + point[j]!, 0) / members.length);
      const expected = spherical ? normalizeRows(Float32Array.from(mean), 5) : mean;
      expect(rows(result.centroids)[cluster]!).toBeAllclose(Array.from(expected));
    }
    result.dispose();
    dispose([points, initialCentroids]);
  },
);

test('all centroids frozen: the points are only assigned', async () => {
  const data = blobs(70, 3, 34);
  const start = data.slice(0, 4);
  const [points, initialCentroids] = [tensor2d(data), tensor2d(start)];
  const result = await kMeans(points, 4, { initialCentroids, frozenCentroids: true, iterations: 5 });
  expect(rows(result.centroids)).toEqual(start);
  const sum = data.reduce((total, point) => total + square(point, start[slowNearest(point, start)]!), 0);
  expect(result.objective).toBeAllclose(new Array(5).fill(sum));
  expect(result.splits).toEqual([0, 0, 0, 0, 0]);
  result.dispose();
  dispose([points, initialCentroids]);
});

test('as many clusters as points: frozen ones stay even so', async () => {
  const data = blobs(6, 3, 35);
  const [points, initialCentroids] = [tensor2d(data), tensor2d([[50, 50, 50]])];
  const result = await kMeans(points, 6, { initialCentroids, frozenCentroids: true });
  expect(rows(result.centroids)[0]).toEqual([50, 50, 50]);
  expect(numbers(result.counts).reduce((a, b) => a + b)).toBe(6);
  const free = await kMeans(points, 6, { initialCentroids });
  expect(rows(free.centroids)).toEqual(data);
  for (const found of [result, free]) found.dispose();
  dispose([points, initialCentroids]);
});

test('frozen centroids that take every point leave the others where they started', async () => {
  const [points, initialCentroids] = [ones([50, 2]) as Tensor2D, tensor2d([[1, 1]])];
  const result = await kMeans(points, 4, { initialCentroids, frozenCentroids: true, iterations: 3 });
  expect(rows(result.centroids)).toEqual(new Array(4).fill([1, 1]));
  expect(result.splits).toEqual([0, 0, 0]);
  expect(numbers(result.counts)).toEqual([50, 0, 0, 0]);
  result.dispose();
  dispose([points, initialCentroids]);
});
