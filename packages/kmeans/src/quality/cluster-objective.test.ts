import { tensor2d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { clusterObjective, kMeans } from '../index.js';

const values = Float32Array.from({ length: 60 * 3 }, (_, i) => Math.sin(12.9898 * (i + 1)) + (i % 9 < 3 ? 4 : 0));

test.each([false, true])('what k-means itself reports once it has settled; spherical: %s', async (spherical) => {
  const points = tensor2d(values, [60, 3]);
  // So many iterations that the last one changes nothing.
  const clusters = await kMeans(points, 5, { spherical, iterations: 40, minPointsPerCentroid: 1 });
  const [centroids, assignments] = [await clusters.centroids.data(), await clusters.assignments.data()];
  expect(clusterObjective(values, centroids, assignments, { spherical })).toBeAllclose(
    clusters.objective.at(-1)!,
    1e-6,
  );
  clusters.dispose();
  points.dispose();
});

test('distances one by one, on plain arrays', () => {
  expect(clusterObjective([0, 0, 2, 0, 5, 5], [1, 0, 5, 5], [0, 0, 1])).toBe(2);
  expect(clusterObjective([0, 0, 2, 0, 5, 5], [1, 0, 5, 5], [0, 0, 1], { spherical: true })).toBe(52);
});

test('what does not fit is refused', () => {
  expect(() => clusterObjective([1, 2, 3], [1], [0, 0])).toThrow('Cannot read 3 numbers as 2 points');
  expect(() => clusterObjective([], [1], [])).toThrow('Cannot read 0 numbers as 0 points');
  expect(() => clusterObjective([1, 2], [1, 2, 3], [0])).toThrow(
    'Cannot read 3 numbers as centroids of points of width 2',
  );
  expect(() => clusterObjective([1, 2], [1], [0, 1])).toThrow('Cannot take centroid 1 of 1 for point 1');
  expect(() => clusterObjective([1, 2], [1], [0, -1])).toThrow(RangeError);
  expect(() => clusterObjective([1, Number.NaN], [1], [0, 0])).toThrow('Cannot measure point 1 against centroid 0');
});
