import { expect } from 'vitest';
import { costOf, countOf, distinctRows, type Rows, roundingOf, slowNearest } from './slow-lloyd.fixture.js';

/** Checks that every point is at its nearest centroid, up to float32, and of equal centroids at the first. */
export function expectNearest(points: Rows, centroids: Rows, assignments: ArrayLike<number>, spherical = false): void {
  expect(assignments).toHaveLength(countOf(points));
  const firsts = new Set(distinctRows(centroids));
  const slow = slowNearest(points, centroids, spherical);
  const rounding = roundingOf(points, centroids, spherical);
  const wrong = Array.from(assignments, (cluster, i) => ({ i, cluster, nearest: slow.assignments[i]! })).filter(
    ({ i, cluster, nearest }) =>
      !firsts.has(cluster) ||
      (cluster !== nearest &&
        !(costOf(points, i, centroids, cluster, spherical) - slow.costs[i]! <= rounding.between(i, cluster, nearest))),
  );
  expect(wrong.slice(0, 5), `${wrong.length} points are not at their nearest centroid`).toEqual([]);
}
