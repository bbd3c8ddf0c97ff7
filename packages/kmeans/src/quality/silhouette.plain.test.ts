import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mean } from './assignments.fixture.js';
import { silhouette } from './silhouette.js';

type Row = readonly number[];
const distances = {
  euclidean: (a: Row, b: Row) => Math.hypot(...a.map((value, j) => value - b[j]!)),
  cosine: (a: Row, b: Row) => {
    const dot = a.reduce((sum, value, j) => sum + value * b[j]!, 0);
    return 1 - (dot === 0 ? 0 : dot / (Math.hypot(...a) * Math.hypot(...b)));
  },
};

/** By the definition, point by point, cluster by cluster. */
function slowSilhouette(rows: readonly Row[], ids: readonly number[], distance: (a: Row, b: Row) => number): number {
  return mean(
    rows.map((row, i) => {
      const others = rows.map((_, j) => j).filter((j) => j !== i);
      const to = (id: number) => others.filter((j) => ids[j] === id).map((j) => distance(row, rows[j]!));
      if (to(ids[i]!).length === 0) return 0;
      const a = mean(to(ids[i]!));
      const b = Math.min(...[...new Set(ids)].filter((id) => id !== ids[i]).map((id) => mean(to(id))));
      return Math.max(a, b) < 1e-12 ? 0 : (b - a) / Math.max(a, b);
    }),
  );
}

const number = fc.integer({ min: -3, max: 3 });
const somePoints = fc
  .array(fc.tuple(fc.tuple(number, number, number), fc.nat(4)), { minLength: 4, maxLength: 24 })
  .map((points) => ({ rows: points.map(([row]) => row), ids: points.map(([, id]) => 3 * id - 2) }))
  .filter(({ ids }) => new Set(ids).size > 1 && new Set(ids).size < ids.length);

test('euclidean: the definition, equal points and points alone in their cluster too', () => {
  fc.assert(
    fc.property(somePoints, ({ rows, ids }) => {
      const expected = slowSilhouette(rows, ids, distances.euclidean);
      expect(silhouette(Float32Array.from(rows.flat()), Int32Array.from(ids))).toBeCloseTo(expected, 10);
    }),
  );
});

test('cosine: the definition, zero vectors at distance 1 from all, points of one direction at 0', () => {
  fc.assert(
    fc.property(somePoints, ({ rows, ids }) => {
      const expected = slowSilhouette(rows, ids, distances.cosine);
      expect(silhouette(rows.flat(), ids, { metric: 'cosine' })).toBeCloseTo(expected, 9);
    }),
    { numRuns: 300 },
  );
});

test('two pairs on a line', () => {
  const outer = (10.5 - 1) / 10.5;
  const inner = (9.5 - 1) / 9.5;
  expect(silhouette([0, 1, 10, 11], [0, 0, 1, 1])).toBeCloseTo((outer + inner) / 2, 12);
  expect(silhouette([0, 1, 10, 11], [0, 1, 0, 1])).toBeLessThan(0);
});

test('a sample is some of the points, by the seed; the whole if it is as large', () => {
  const points = Float32Array.from({ length: 400 }, (_, i) => Math.sin(78.233 * (i + 1)) + 3 * (i % 4));
  const ids = Int32Array.from({ length: 400 }, (_, i) => i % 4);
  const all = silhouette(points, ids);
  expect(silhouette(points, ids, { sample: 400, seed: 7 })).toBe(all);
  const sampled = [1, 2, 3].map((seed) => silhouette(points, ids, { sample: 200, seed }));
  expect(new Set(sampled).size).toBe(3);
  for (const value of sampled) expect(Math.abs(value - all)).toBeLessThan(0.1);
  expect(silhouette(points, ids, { sample: 200, seed: 2 })).toBe(sampled[1]);
});

test('what has no silhouette is refused', () => {
  expect(() => silhouette([1, 2, 3], [0, 0, 0])).toThrow('with 3 points in 1 clusters: give at least 2 clusters');
  expect(() => silhouette([1, 2, 3], [0, 1, 2])).toThrow('with 3 points in 3 clusters');
  expect(() => silhouette([1, 2, 3, 4], [0, 0, 0, 0], { sample: 2 })).toThrow('or a larger sample');
  expect(() => silhouette([1, 2, 3], [0, 1])).toThrow('Cannot read 3 numbers as 2 points');
  expect(() => silhouette([1, Number.NaN, 3], [0, 1, 1])).toThrow('Cannot measure point 1');
  expect(() => silhouette([1, 2, 3], [0, 1.5, 1])).toThrow('must be an integer, got 1.5');
  expect(() => silhouette([1, 2, 3], [0, 1, 1], { sample: 1 })).toThrow(
    'sample must be an integer of at least 2, got 1',
  );
  expect(() => silhouette([1, 2, 3], [0, 1, 1], { metric: 'l1' as 'cosine' })).toThrow('got l1');
});
