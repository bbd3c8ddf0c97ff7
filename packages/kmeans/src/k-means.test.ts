import { dispose, gather, ones, type Tensor2D, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { blobs, expectNoLeaks, numbers, rows, slowNearest, square } from './blobs.fixture.js';
import { kMeans } from './k-means.js';
import type { KMeansIteration } from './lloyd.js';
import { randomOrder } from './random-order.js';

expectNoLeaks();

/** Textbook k-means in float64; every cluster must keep a point. */
function slowKMeans(points: number[][], start: number[][], iterations: number) {
  let centroids = start;
  const objective: number[] = [];
  for (let t = 0; t < iterations; t++) {
    const members = centroids.map((): number[][] => []);
    let sum = 0;
    for (const point of points) {
      const nearest = slowNearest(point, centroids);
      members[nearest]!.push(point);
      sum += square(point, centroids[nearest]!);
    }
    objective.push(sum);
    expect(Math.min(...members.map((m) => m.length))).toBeGreaterThan(0);
    centroids = members.map((m) => m[0]!.map((_, j) => m.reduce((s, point) => s + point[j]!, 0) / m.length));
  }
  return { centroids, objective, assignments: points.map((point) => slowNearest(point, centroids)) };
}

test('agrees with textbook k-means, and adds up', async () => {
  const data = blobs(300, 5, 1);
  const start = data.slice(0, 6);
  const points = tensor2d(data);
  const initialCentroids = tensor2d(start);
  const result = await kMeans(points, 6, { iterations: 7, initialCentroids });
  const expected = slowKMeans(data, start, 7);
  expect(result.centroids).toBeAllclose(expected.centroids.flat());
  expect(numbers(result.assignments)).toEqual(expected.assignments);
  expect(result.objective).toBeAllclose(expected.objective);
  const centroids = rows(result.centroids);
  expect(result.distances).toBeAllclose(data.map((point, i) => square(point, centroids[expected.assignments[i]!]!)));
  expect(numbers(result.counts)).toEqual(centroids.map((_, c) => expected.assignments.filter((a) => a === c).length));
  expect([result.assignments.dtype, result.counts.dtype, result.distances.dtype]).toEqual([
    'int32',
    'int32',
    'float32',
  ]);
  result.dispose();
  dispose([points, initialCentroids]);
});

test.each([3, 40])('k = %i: the objective never rises, each point is at its nearest centroid', async (k) => {
  const data = blobs(400, 8, 2);
  const points = tensor2d(data);
  const { centroids, assignments, objective, splits, ...rest } = await kMeans(points, k);
  expect(objective).toHaveLength(25);
  objective.slice(1).forEach((value, t) => {
    if (splits[t] === 0) expect(value).toBeLessThanOrEqual(objective[t]! * (1 + 1e-7));
  });
  const found = rows(centroids);
  numbers(assignments).forEach((cluster, i) => {
    const least = Math.min(...found.map((centroid) => square(data[i]!, centroid)));
    expect(square(data[i]!, found[cluster]!)).toBeLessThanOrEqual(least + 1e-4);
  });
  rest.dispose();
  points.dispose();
});

test('spherical: unit centroids, each point at its largest inner product, the objective never falls', async () => {
  const data = blobs(200, 6, 3);
  const points = tensor2d(data);
  const result = await kMeans(points, 7, { spherical: true, restarts: 2 });
  const centroids = rows(result.centroids);
  for (const centroid of centroids)
    expect(
      square(
        centroid,
        centroid.map(() => 0),
      ),
    ).toBeCloseTo(1, 5);
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, j) => sum + value * b[j]!, 0);
  const products = data.map((point) => centroids.map((centroid) => dot(point, centroid)));
  const assignments = numbers(result.assignments);
  assignments.forEach((cluster, i) => {
    expect(products[i]![cluster]).toBeGreaterThanOrEqual(Math.max(...products[i]!) - 1e-4);
  });
  expect(result.distances).toBeAllclose(products.map((product, i) => product[assignments[i]!]!));
  result.objective.slice(1).forEach((value, t) => {
    if (result.splits[t] === 0) expect(value).toBeGreaterThanOrEqual(result.objective[t]! * (1 - 1e-7));
  });
  result.dispose();
  points.dispose();
});

test('far from the origin each point still finds its nearest centroid', async () => {
  const data = blobs(300, 4, 4, 5000);
  const points = tensor2d(data);
  const { centroids, assignments, distances, dispose: release } = await kMeans(points, 6);
  const found = rows(centroids);
  numbers(assignments).forEach((cluster, i) => {
    const least = Math.min(...found.map((centroid) => square(data[i]!, centroid)));
    expect(square(data[i]!, found[cluster]!)).toBeLessThanOrEqual(least * 1.001 + 1e-3);
  });
  expect(distances).toBeAllclose(data.map((point, i) => square(point, found[assignments.dataSync()[i]!]!)));
  release();
  points.dispose();
});

test('equal seeds give equal bits, other seeds other starts; the block size changes nothing', async () => {
  const points = tensor2d(blobs(250, 6, 5));
  const options = [{ seed: 3 }, { seed: 3 }, { seed: 3, blockSize: 7 }, { seed: 3, blockSize: 1000 }, { seed: 4 }];
  const runs = await Promise.all(options.map((option) => kMeans(points, 9, { ...option, restarts: 2 })));
  const [first, again, small, large, other] = runs.map(({ centroids, assignments, objective }) => ({
    centroids: numbers(centroids),
    assignments: numbers(assignments),
    objective,
  }));
  expect(again).toEqual(first);
  expect(small).toEqual(first);
  expect(large).toEqual(first);
  expect(other!.objective[0]).not.toBe(first!.objective[0]);
  for (const run of runs) run.dispose();
  points.dispose();
});

test('permuting the points permutes the answer', async () => {
  const data = blobs(200, 5, 6);
  const order = randomOrder(200, 1);
  const points = tensor2d(data);
  const permuted = tensor2d(Array.from(order, (i) => data[i]!));
  const initialCentroids = tensor2d(data.slice(10, 18));
  const straight = await kMeans(points, 8, { initialCentroids });
  const moved = await kMeans(permuted, 8, { initialCentroids });
  const assignments = numbers(straight.assignments);
  expect(numbers(moved.assignments)).toEqual(Array.from(order, (i) => assignments[i]));
  expect(moved.centroids).toBeAllclose(straight.centroids, 1e-6);
  straight.dispose();
  moved.dispose();
  dispose([points, permuted, initialCentroids]);
});

test('restarts keep the best of the runs they name', async () => {
  const points = tensor2d(blobs(200, 6, 7));
  const iterations: KMeansIteration[] = [];
  const best = await kMeans(points, 10, { restarts: 4, iterations: 6, onIteration: (it) => iterations.push(it) });
  const singles = [];
  for (let restart = 0; restart < 4; restart++) {
    singles.push(await kMeans(points, 10, { iterations: 6, seed: 1234 + restart * 15486557 }));
  }
  const last = singles.map(({ objective }) => objective.at(-1)!);
  expect(new Set(last).size).toBeGreaterThan(1);
  const winner = singles[last.indexOf(Math.min(...last))]!;
  expect(numbers(best.centroids)).toEqual(numbers(winner.centroids));
  expect(best.objective).toEqual(winner.objective);
  expect(iterations.map((it) => [it.restart, it.iteration])).toEqual(
    singles.flatMap((_, restart) => Array.from({ length: 6 }, (__, iteration) => [restart, iteration])),
  );
  expect(iterations.map((it) => it.objective)).toEqual(singles.flatMap(({ objective }) => objective));
  for (const result of [best, ...singles]) result.dispose();
  points.dispose();
});

test('many points: learns from a random subset, or from all if told to, and assigns all', async () => {
  const data = blobs(300, 4, 8);
  const points = tensor2d(data);
  const subset = gather(points, Array.from(randomOrder(300, 77).subarray(0, 5 * 20)));
  const sampled = await kMeans(points, 5, { seed: 77, maxPointsPerCentroid: 20 });
  const direct = await kMeans(subset, 5, { seed: 77 });
  expect(numbers(sampled.centroids)).toEqual(numbers(direct.centroids));
  expect(sampled.objective).toEqual(direct.objective);
  expect(sampled.assignments.shape).toEqual([300]);
  const all = await kMeans(points, 5, { maxPointsPerCentroid: Number.POSITIVE_INFINITY });
  const asMany = await kMeans(points, 5, { maxPointsPerCentroid: 60 });
  expect(all.objective).toEqual(asMany.objective);
  for (const result of [sampled, direct, all, asMany]) result.dispose();
  dispose([points, subset]);
});

test('no iterations: only assigns', async () => {
  const data = blobs(50, 3, 10);
  const points = tensor2d(data);
  const initialCentroids = tensor2d(data.slice(0, 4));
  const result = await kMeans(points, 4, { iterations: 0, initialCentroids });
  expect(numbers(result.assignments)).toEqual(data.map((point) => slowNearest(point, data.slice(0, 4))));
  expect(result.objective).toEqual([]);
  result.dispose();
  dispose([points, initialCentroids]);
});

test('as many clusters as points: the points, in order', async () => {
  const data = blobs(9, 3, 11);
  const points = tensor2d(data);
  const result = await kMeans(points, 9);
  expect(rows(result.centroids)).toEqual(data);
  expect(numbers(result.assignments)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(numbers(result.distances)).toEqual(new Array(9).fill(0));
  result.dispose();
  points.dispose();
});

test('of equal centroids the lower index takes the points, and the others are split off', async () => {
  const data = blobs(120, 16, 12);
  const points = tensor2d(data);
  const initialCentroids = tensor2d([data[0]!, data[1]!, data[0]!, data[1]!, data[0]!]);
  const assigned = await kMeans(points, 5, { iterations: 0, initialCentroids });
  expect(new Set(numbers(assigned.assignments))).toEqual(new Set([0, 1]));
  const result = await kMeans(points, 5, { initialCentroids });
  expect(result.splits[0]).toBe(3);
  expect(Math.min(...numbers(result.counts))).toBeGreaterThan(0);
  assigned.dispose();
  result.dispose();
  dispose([points, initialCentroids]);
});

test.each([false, true])('identical points and zero vectors give no NaN (spherical: %s)', async (spherical) => {
  for (const points of [ones([40, 3]) as Tensor2D, zeros([40, 3]) as Tensor2D]) {
    const result = await kMeans(points, 5, { spherical });
    const { centroids, distances, counts, objective } = result;
    for (const value of [...numbers(centroids), ...numbers(distances), ...objective]) {
      expect(Number.isFinite(value)).toBe(true);
    }
    expect(numbers(counts).reduce((a, b) => a + b)).toBe(40);
    result.dispose();
    points.dispose();
  }
});

test('one cluster is the mean', async () => {
  const points = tensor2d([0, 0, 2, 4], [2, 2]);
  const result = await kMeans(points, 1);
  expect(numbers(result.centroids)).toEqual([1, 2]);
  expect(result.objective.at(-1)).toBe(10);
  result.dispose();
  points.dispose();
});
