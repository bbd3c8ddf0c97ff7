import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  adjustedMutualInformation,
  adjustedRandIndex,
  normalizedMutualInformation,
  purity,
  vMeasure,
} from '../index.js';
import { twoAssignments } from './assignments.fixture.js';
import { contingencyTable, sameClusters } from './contingency-table.js';

test('counts what the points say one by one', () => {
  fc.assert(
    fc.property(twoAssignments(30), ({ first, second }) => {
      const { points, rows, columns, cells } = contingencyTable(Int32Array.from(first), second);
      const [rowIds, columnIds] = [[...new Set(first)], [...new Set(second)]];
      expect(points).toBe(first.length);
      expect(rows).toEqual(rowIds.map((id) => first.filter((other) => other === id).length));
      expect(columns).toEqual(columnIds.map((id) => second.filter((other) => other === id).length));
      expect(new Set(cells.map(({ row, column }) => `${row} ${column}`)).size).toBe(cells.length);
      for (const { row, column, count } of cells) {
        expect(count).toBe(first.filter((id, i) => id === rowIds[row] && second[i] === columnIds[column]).length);
      }
      expect(cells.reduce((sum, { count }) => sum + count, 0)).toBe(points);
    }),
  );
});

test('the same clusters are the same under other names, and not with one point elsewhere', () => {
  expect(sameClusters(contingencyTable([0, 0, 1, 2], [5, 5, -3, 0]))).toBe(true);
  expect(sameClusters(contingencyTable([0, 0, 1, 2], [5, -3, -3, 0]))).toBe(false);
  expect(sameClusters(contingencyTable([0, 0, 1, 1], [0, 0, 1, 2]))).toBe(false);
});

const agreements = {
  normalizedMutualInformation,
  adjustedMutualInformation,
  adjustedRandIndex,
  vMeasure: (first: ArrayLike<number>, second: ArrayLike<number>) => vMeasure(first, second).vMeasure,
};

test.each(Object.entries(agreements))(
  '%s: symmetric, whatever the names and the order of the points',
  (_, agreement) => {
    fc.assert(
      fc.property(twoAssignments(40), ({ first, second }) => {
        const value = agreement(first, second);
        expect(agreement(second, first)).toBeCloseTo(value, 10);
        const renamed = first.map((id) => 5 - 3 * id);
        expect(agreement(renamed.reverse(), second.toReversed())).toBeCloseTo(value, 10);
        expect(agreement(first, first)).toBe(1);
        expect(value).toBeLessThanOrEqual(1);
      }),
    );
  },
);

test.each(Object.entries({ ...agreements, purity }))('%s refuses what are no two assignments', (_, agreement) => {
  expect(() => agreement([], [])).toThrow(/^Cannot compare 0 points of .* with 0 of .*: give the same points/);
  expect(() => agreement([1, 2], [1])).toThrow(RangeError);
  expect(() => agreement([0, 0.5], [1, 1])).toThrow('A cluster or class must be an integer, got 0.5 for point 1');
  expect(() => agreement([0, 1], [Number.NaN, 1])).toThrow(
    'A cluster or class must be an integer, got NaN for point 0',
  );
});
