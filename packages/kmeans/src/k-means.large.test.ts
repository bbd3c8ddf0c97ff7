import { dispose, tensor2d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { drawRows, uniformDraws } from './drawn-rows.fixture.js';
import { kMeans } from './k-means.js';
import { expectNearest } from './nearest.fixture.js';
import { countOf, type Rows, slowLloyd, slowNearest } from './slow-lloyd.fixture.js';

const firstRows = ({ values, width }: Rows, k: number): Rows => ({ values: values.slice(0, k * width), width });

const changed = ({ values, width }: Rows, change: (value: number, at: number) => number): Rows => ({
  values: values.map(change),
  width,
});

/** Start in one corner, so that centroids wander through all the points: the k points nearest to the first one. */
function corner(points: Rows, k: number): Rows {
  const { costs } = slowNearest(points, firstRows(points, 1));
  const order = Array.from(costs.keys()).sort((a, b) => costs[a]! - costs[b]!);
  const values = order
    .slice(0, k)
    .flatMap((i) => [...points.values.subarray(i * points.width, (i + 1) * points.width)]);
  return { values: Float32Array.from(values), width: points.width };
}

/**
 * Clusters that run empty in the second iteration: the middle one of three on a line takes two points at first, until
 * its neighbours have come so near that they take one each. Rows of them, far from each other, beside other points.
 */
function emptying(others: Rows, k: number, trios: number): { points: Rows; start: Rows } {
  const { width } = others;
  const draw = uniformDraws(5);
  const row = (trio: number, place: number) =>
    Array.from({ length: width }, (_, j) => (j === 0 ? place : j === 1 ? 100 * (trio + 1) : 0) + 0.01 * draw());
  const points: number[] = [];
  const start: number[] = [];
  for (let trio = 0; trio < trios; trio++) {
    for (const place of [-5.3, -5.2, -5.1, -3, 3, 5.1, 5.2, 5.3]) points.push(...row(trio, place));
    for (const place of [-10, 0, 10]) start.push(...row(trio, place));
  }
  const rest = firstRows(others, k - 3 * trios).values;
  return {
    points: { values: Float32Array.of(...points, ...others.values), width },
    start: { values: Float32Array.of(...start, ...rest), width },
  };
}

/** Compares with the slow way, whose answer is the only right one up to its first near tie, and about right after it. */
async function compare(points: Rows, start: Rows, iterations: number, spherical = false) {
  const { width } = points;
  const slow = slowLloyd(points, start, iterations, spherical);
  const inputs = [points, start].map((rows) => tensor2d(rows.values, [countOf(rows), width]));
  const initialCentroids = inputs[1]!;
  const options = { iterations, initialCentroids, spherical, maxPointsPerCentroid: countOf(points) };
  const found = await kMeans(inputs[0]!, countOf(start), options);
  const centroids = { values: Float32Array.from(found.centroids.dataSync()), width };
  const { objective, splits } = found;
  const [assignments, counts] = [found.assignments.dataSync(), found.counts.dataSync()];
  found.dispose();
  dispose(inputs);

  expect(objective).toHaveLength(iterations);
  objective.forEach((value, t) => {
    const tolerance = t < slow.clear ? 1e-6 : 1e-3;
    expect(Math.abs(value / slow.objective[t]! - 1), `iteration ${t}`).toBeLessThanOrEqual(tolerance);
  });
  expect(splits.slice(0, slow.clear)).toEqual(slow.splits.slice(0, slow.clear));
  if (slow.clear > iterations) expect([...assignments]).toEqual([...slow.assignments]);
  expectNearest(points, centroids, assignments, spherical);
  const histogram = new Int32Array(countOf(start));
  for (const cluster of assignments) histogram[cluster]!++;
  expect([...counts]).toEqual([...histogram]);
  return splits;
}

// At least 256 centroids with at least eight points each: as many as it takes to skip comparisons.

test('uniform points', async () => {
  const points = drawRows(2600, 8, 0, 1);
  await compare(points, firstRows(points, 300), 10);
});

test('clustered points', async () => {
  const points = drawRows(2200, 32, 128, 2);
  await compare(points, firstRows(points, 256), 8);
});

test('clustered points, by inner product', async () => {
  const points = drawRows(2200, 16, 100, 3);
  await compare(points, firstRows(points, 256), 8, true);
});

test('all centroids start in one corner', async () => {
  const points = drawRows(2200, 12, 40, 4);
  await compare(points, corner(points, 256), 15);
});

test('a warm start, centroids hardly move', async () => {
  const points = drawRows(2500, 8, 60, 5);
  const draw = uniformDraws(6);
  const { centroids } = slowLloyd(points, firstRows(points, 256), 8);
  await compare(
    points,
    changed(centroids, (value) => value + 0.002 * draw()),
    10,
  );
});

test('every centroid twice: half of them are split off', async () => {
  const points = drawRows(2200, 8, 0, 7);
  const half = firstRows(points, 128).values;
  const splits = await compare(points, { values: Float32Array.of(...half, ...half), width: 8 }, 8);
  expect(splits[0]).toBe(128);
});

test('clusters that run empty on the way', async () => {
  const { points, start } = emptying(drawRows(2200, 8, 100, 8), 256, 6);
  const splits = await compare(points, start, 10);
  expect(splits[0]).toBe(0);
  expect(splits[1]).toBeGreaterThanOrEqual(6);
});
