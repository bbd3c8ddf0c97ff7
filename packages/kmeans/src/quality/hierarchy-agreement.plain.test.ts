import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  adjustedMutualInformation,
  adjustedRandIndex,
  hierarchyAgreement,
  normalizedMutualInformation,
} from '../index.js';
import { twoAssignments } from './assignments.fixture.js';

test('each level has the three figures of its two assignments', () => {
  fc.assert(
    fc.property(twoAssignments(20), ({ first, second }) => {
      const [level, same] = hierarchyAgreement([first, second], [second, Int32Array.from(second)]);
      expect(level).toEqual({
        normalizedMutualInformation: normalizedMutualInformation(first, second),
        adjustedMutualInformation: adjustedMutualInformation(first, second),
        adjustedRandIndex: adjustedRandIndex(first, second),
      });
      expect(Object.values(same!)).toEqual([1, 1, 1]);
    }),
  );
});

test('hierarchies of other heights or other points are refused', () => {
  expect(() => hierarchyAgreement([], [])).toThrow('Cannot compare a hierarchy of 0 levels with one of 0');
  expect(() => hierarchyAgreement([[0]], [[0], [0]])).toThrow('of 1 levels with one of 2: give as many levels');
  expect(() => hierarchyAgreement([[0, 1]], [[0]])).toThrow('Cannot compare 2 points');
});
