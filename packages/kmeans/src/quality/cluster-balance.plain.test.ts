import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clusterBalance } from './cluster-balance.js';
import { clusterEntropy } from './cluster-entropy.js';
import { imbalanceFactor } from './imbalance-factor.js';

/** Sizes of at least one cluster, some empty, not all. */
const someCounts = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.array(fc.nat(9), { maxLength: 20 }))
  .map(([first, others]) => [first, ...others]);

/** The cluster of each point, one by one. */
const pointsOf = (counts: readonly number[]) => counts.flatMap((count, k) => Array.from({ length: count }, () => k));

test('1 for equal clusters, 0 for a single one with all, in between for the rest', () => {
  expect(clusterBalance([5, 5, 5, 5])).toBeCloseTo(1, 12);
  expect(clusterBalance([0, 20, 0, 0])).toBe(0);
  expect(clusterBalance([8])).toBe(1);
  // half of the clusters in use, evenly: ln 2 / ln 4
  expect(clusterBalance(Int32Array.of(10, 0, 10, 0))).toBeCloseTo(0.5, 12);
  expect(Math.exp(clusterEntropy([10, 0, 10, 0]))).toBeCloseTo(2, 12);
  expect(clusterEntropy([0, 20, 0, 0])).toBe(0);
  expect(imbalanceFactor([5, 5, 5, 5])).toBeCloseTo(1, 12);
  expect(imbalanceFactor(Int32Array.of(0, 20, 0, 0))).toBe(4);
  expect(imbalanceFactor([10, 0, 10, 0])).toBeCloseTo(2, 12);
});

test('any sizes: the mean surprise of the points one by one, whatever the order and the number of points', () => {
  fc.assert(
    fc.property(someCounts, (counts) => {
      const clusterOf = pointsOf(counts);
      let bits = 0;
      for (const k of clusterOf) {
        const share = clusterOf.filter((other) => other === k).length / clusterOf.length;
        bits -= Math.log2(share) / clusterOf.length;
      }
      expect(clusterEntropy(counts)).toBeCloseTo(bits * Math.LN2, 10);
      const balance = clusterBalance(counts);
      if (counts.length > 1) expect(balance).toBeCloseTo(bits / Math.log2(counts.length), 10);
      expect(balance).toBeGreaterThanOrEqual(0);
      expect(balance).toBeLessThanOrEqual(1);
      expect(clusterBalance(counts.map((count) => 3 * count).reverse())).toBeCloseTo(balance, 10);
    }),
  );
});

test('any sizes: imbalance is the share of pairs in one cluster, over that of equal clusters', () => {
  fc.assert(
    fc.property(someCounts, (counts) => {
      const clusterOf = pointsOf(counts);
      const pairs = clusterOf.flatMap((a) => clusterOf.map((b): number => (a === b ? 1 : 0)));
      const share = pairs.reduce((a, b) => a + b, 0) / pairs.length;
      expect(imbalanceFactor(counts)).toBeCloseTo(share / (1 / counts.length), 10);
    }),
    { numRuns: 30 },
  );
});

test.each([clusterBalance, clusterEntropy, imbalanceFactor])('%o refuses what are no cluster sizes', (figure) => {
  expect(() => figure([])).toThrow('Cannot weigh 0 clusters without points');
  expect(() => figure([0, 0])).toThrow('Cannot weigh 2 clusters without points: give at least 1 point');
  expect(() => figure([3, -1])).toThrow('Cannot weigh a cluster of -1 points (number 1): give 0 or more');
  expect(() => figure([Number.NaN])).toThrow(RangeError);
});
