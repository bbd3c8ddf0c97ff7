import fc from 'fast-check';
import { expect, test } from 'vitest';
import { adjustedRandIndex } from './adjusted-rand-index.js';
import { mean, orders, twoAssignments } from './assignments.fixture.js';

/** Pairs of points that are together in all the assignments. */
function together(...assignments: readonly (readonly number[])[]): number {
  let pairs = 0;
  for (let i = 0; i < assignments[0]!.length; i++) {
    for (let j = 0; j < i; j++) if (assignments.every((ids) => ids[i] === ids[j])) pairs++;
  }
  return pairs;
}

test('pairs above their mean over all orders of the points, over the most there could be', () => {
  fc.assert(
    fc.property(twoAssignments(6), ({ first, second }) => {
      const expected = mean(orders(second).map((order) => together(first, order)));
      const largest = (together(first) + together(second)) / 2;
      const ari = adjustedRandIndex(first, second);
      if (largest - expected > 1e-9) {
        expect(ari).toBeCloseTo((together(first, second) - expected) / (largest - expected), 8);
      } else {
        expect(ari).toBe(1);
      }
    }),
    { numRuns: 30 },
  );
});
