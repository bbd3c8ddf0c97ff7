import fc from 'fast-check';
import { expect, test } from 'vitest';
import { adjustedMutualInformation } from './adjusted-mutual-information.js';
import { mean, orders, twoAssignments } from './assignments.fixture.js';
import { contingencyTable } from './contingency-table.js';
import { entropyOf, expectedMutualInformation, mutualInformation } from './mutual-information.js';
import { normalizedMutualInformation } from './normalized-mutual-information.js';
import { purity } from './purity.js';
import { vMeasure } from './v-measure.js';

/** How many points share the clusters of point i, over all points. */
const shareOf = (i: number, ...assignments: readonly (readonly number[])[]) =>
  mean(assignments[0]!.map((_, j) => (assignments.every((ids) => ids[i] === ids[j]) ? 1 : 0)));

/** The mean surprise of the points, one by one. */
const slowEntropy = (ids: readonly number[]) => mean(ids.map((_, i) => -Math.log(shareOf(i, ids))));
const slowInformation = (first: readonly number[], second: readonly number[]) =>
  mean(first.map((_, i) => Math.log(shareOf(i, first, second) / (shareOf(i, first) * shareOf(i, second)))));

test('entropy and mutual information are means over the points', () => {
  fc.assert(
    fc.property(twoAssignments(30), ({ first, second }) => {
      const table = contingencyTable(first, second);
      const information = slowInformation(first, second);
      const [entropy, other] = [slowEntropy(first), slowEntropy(second)];
      expect(entropyOf(table.rows, table.points)).toBeCloseTo(entropy, 10);
      expect(entropyOf(table.columns, table.points)).toBeCloseTo(other, 10);
      expect(mutualInformation(table)).toBeCloseTo(information, 10);

      const nmi = normalizedMutualInformation(first, second);
      if (entropy + other > 0) expect(nmi).toBeCloseTo((2 * information) / (entropy + other), 10);
      const { homogeneity, completeness, vMeasure: v } = vMeasure(first, second);
      expect(homogeneity).toBeCloseTo(other > 0 ? information / other : 1, 10);
      expect(completeness).toBeCloseTo(entropy > 0 ? information / entropy : 1, 10);
      expect(v).toBeCloseTo(nmi, 10);
    }),
  );
});

test('what is expected is the mean over all orders of the points', () => {
  fc.assert(
    fc.property(twoAssignments(6), ({ first, second }) => {
      const all = orders(second).map((order) => slowInformation(first, order));
      expect(expectedMutualInformation(contingencyTable(first, second))).toBeCloseTo(mean(all), 10);
      const largest = (slowEntropy(first) + slowEntropy(second)) / 2;
      const ami = adjustedMutualInformation(first, second);
      if (Math.max(...all) - Math.min(...all) > 1e-9) {
        expect(ami).toBeCloseTo((slowInformation(first, second) - mean(all)) / (largest - mean(all)), 8);
      } else {
        expect([0, 1]).toContain(ami);
      }
    }),
    { numRuns: 30 },
  );
});

test('many points: at the level of chance, and in the time that sizes take, not points', () => {
  const ids = Int32Array.from({ length: 200_000 }, (_, i) => i % 400);
  const others = ids.map((_, i) => (i * 7919 + Math.floor(i / 400) * 31) % 300);
  expect(normalizedMutualInformation(ids, others)).toBeGreaterThan(0);
  expect(expectedMutualInformation(contingencyTable(ids, others))).toBeCloseTo(
    // To first order, (R − 1)(C − 1) / 2N.
    (399 * 299) / 400_000,
    1,
  );
});

test('beta weighs completeness', () => {
  const [clusters, labels] = [
    [0, 1, 2, 2],
    [0, 0, 1, 1],
  ];
  const { homogeneity, completeness, vMeasure: v } = vMeasure(clusters!, labels!, { beta: 3 });
  expect(homogeneity).toBe(1);
  expect(v).toBeCloseTo(1 / ((1 / 4) * (1 / homogeneity) + (3 / 4) * (1 / completeness)), 10);
  expect(vMeasure([0, 0], [0, 1])).toEqual({ homogeneity: 0, completeness: 1, vMeasure: 0 });
  expect(() => vMeasure([0], [0], { beta: 0 })).toThrow('beta must be a number above 0, got 0');
});

test('purity: each point that is of the class of most in its cluster', () => {
  expect(purity([0, 0, 0, 1], [5, 5, 6, 6])).toBe(0.75);
  fc.assert(
    fc.property(twoAssignments(30), ({ first, second }) => {
      let right = 0;
      for (const cluster of new Set(first)) {
        const classes = second.filter((_, i) => first[i] === cluster);
        right += Math.max(...classes.map((one) => classes.filter((other) => other === one).length));
      }
      expect(purity(first, second)).toBeCloseTo(right / first.length, 12);
    }),
  );
});
