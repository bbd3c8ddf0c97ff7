import fc from 'fast-check';
import { expect, test } from 'vitest';
import { orders, twoAssignments } from './assignments.fixture.js';
import { matchedAccuracy } from './matched-accuracy.js';

test('the best of all ways to give clusters a class', () => {
  fc.assert(
    fc.property(twoAssignments(30), ({ first, second }) => {
      const clusters = [...new Set(first)];
      const classes: (number | null)[] = [...new Set(second)];
      while (classes.length < clusters.length) classes.push(null);
      const right = orders(classes.map((_, c) => c)).map(
        (order) => first.filter((id, i) => classes[order[clusters.indexOf(id)]!] === second[i]).length,
      );
      expect(matchedAccuracy(first, second)).toBe(Math.max(...right) / first.length);
      expect(matchedAccuracy(second, first)).toBe(Math.max(...right) / first.length);
    }),
    { numRuns: 60 },
  );
});

test('clusters left over are wrong, and what cannot be compared is refused', () => {
  expect(matchedAccuracy([0, 1, 2, 2], [0, 0, 1, 1])).toBe(0.75);
  expect(() => matchedAccuracy([0, 1], [0])).toThrow('Cannot compare 2 points of the clusters with 1 of the labels');
  expect(() => matchedAccuracy([], [])).toThrow(RangeError);
});
