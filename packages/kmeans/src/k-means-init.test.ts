import { dispose, tensor2d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { blobs, expectNoLeaks, numbers, rows, square } from './blobs.fixture.js';
import { hierarchicalKMeans } from './hierarchical-k-means.js';
import { kMeans } from './k-means.js';
import { unitFeatures } from './unit-features.fixture.js';

expectNoLeaks();

/** Twelve tight clusters of unlike sizes. */
const data = Array.from({ length: 600 }, (_, i) => {
  const cluster = Math.floor(Math.sqrt(i / 4.2));
  return [10 * cluster, 7 * ((cluster * cluster) % 12), ((i * 37) % 101) / 100];
});

test('k-means++ starts at points, other ones for each restart and seed, the same for equal seeds', async () => {
  const points = tensor2d(data);
  const start = async (seed: number) => {
    const result = await kMeans(points, 12, { init: 'k-means++', iterations: 0, seed });
    const centroids = rows(result.centroids);
    result.dispose();
    return centroids;
  };
  const [first, again, other] = [await start(1), await start(1), await start(2)];
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
  for (const centroid of first) expect(Math.min(...data.map((point) => square(point, centroid)))).toBeLessThan(1e-9);
  const firsts: number[] = [];
  const onIteration = ({ iteration, objective }: { iteration: number; objective: number }) => {
    if (iteration === 0) firsts.push(objective);
  };
  (await kMeans(points, 12, { init: 'k-means++', restarts: 4, onIteration })).dispose();
  expect(new Set(firsts).size).toBe(4);
  points.dispose();
});

test('finds clusters that random starts miss', async () => {
  const points = tensor2d(data);
  const last = async (init: 'random' | 'k-means++', seed: number) => {
    const result = await kMeans(points, 12, { init, seed });
    result.dispose();
    return result.objective.at(-1)!;
  };
  for (let seed = 0; seed < 4; seed++) {
    expect(await last('k-means++', seed)).toBeLessThan(0.5 * (await last('random', seed)));
  }
  points.dispose();
});

test('given centroids come first, and the others are drawn far from them', async () => {
  const points = tensor2d(data);
  const initialCentroids = tensor2d(data.filter((_, i) => i % 200 === 5));
  const result = await kMeans(points, 12, { init: 'k-means++', initialCentroids, iterations: 0 });
  const centroids = rows(result.centroids);
  expect(centroids.slice(0, 3)).toEqual(rows(initialCentroids));
  expect(new Set(centroids.map(([x]) => x)).size).toBe(12);
  result.dispose();
  dispose([points, initialCentroids]);
});

test('spherical k-means of directions whose lengths differ', async () => {
  const points = tensor2d(blobs(200, 4, 41).map((row, i) => row.map((value) => value * (1 + (i % 9)))));
  const objective: number[] = [];
  for (const init of ['k-means++', 'random'] as const) {
    const result = await kMeans(points, 12, { init, spherical: true, restarts: 3, iterations: 1 });
    expect(numbers(result.centroids).every(Number.isFinite)).toBe(true);
    objective.push(result.objective[0]!);
    result.dispose();
  }
  expect(objective[0]!).toBeGreaterThan(objective[1]!);
  points.dispose();
});

test('every level of a hierarchy can start so', async () => {
  const features = unitFeatures(300, 6, 3);
  const starts = async (init: 'k-means++' | 'random') => {
    const firsts: number[] = [];
    const onIteration = ({ iteration, objective }: { iteration: number; objective: number }) => {
      if (iteration === 0) firsts.push(objective);
    };
    (await hierarchicalKMeans(features, [20, 6], { init, restarts: 1, onIteration })).dispose();
    return firsts;
  };
  const [far, random] = [await starts('k-means++'), await starts('random')];
  expect(far).toHaveLength(2);
  expect(far[0]!).toBeLessThan(random[0]!);
  features.dispose();
});
