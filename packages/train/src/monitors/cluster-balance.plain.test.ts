import { createRng } from '@hcsc/random';
import { expect, test } from 'vitest';
import { clusterBalance } from './cluster-balance.js';

test('1 for equal clusters, 0 for a single one with all, in between for the rest', () => {
  expect(clusterBalance([5, 5, 5, 5])).toBeCloseTo(1, 12);
  expect(clusterBalance([0, 20, 0, 0])).toBe(0);
  expect(clusterBalance([8])).toBe(1);
  // half of the prototypes in use, evenly: ln 2 / ln 4
  expect(clusterBalance(Int32Array.of(10, 0, 10, 0))).toBeCloseTo(0.5, 12);
});

test('any sizes: the mean surprise of the images one by one, whatever the order and the number of images', () => {
  const rng = createRng(4);
  for (let round = 0; round < 50; round++) {
    const counts = Array.from({ length: 2 + rng.integer(20) }, () => rng.integer(9));
    counts[0]!++;
    const clusterOf = counts.flatMap((count, k) => Array.from({ length: count }, () => k));
    let bits = 0;
    for (const k of clusterOf) {
      const share = clusterOf.filter((other) => other === k).length / clusterOf.length;
      bits -= Math.log2(share) / clusterOf.length;
    }
    const balance = clusterBalance(counts);
    expect(balance).toBeCloseTo(bits / Math.log2(counts.length), 10);
    expect(balance).toBeGreaterThanOrEqual(0);
    expect(balance).toBeLessThanOrEqual(1);
    expect(clusterBalance(counts.map((count) => 3 * count).reverse())).toBeCloseTo(balance, 10);
  }
});

test('what are no cluster sizes is refused', () => {
  expect(() => clusterBalance([])).toThrow('Cannot weigh 0 clusters without images');
  expect(() => clusterBalance([0, 0])).toThrow('Cannot weigh 2 clusters without images: give at least 1 image');
  expect(() => clusterBalance([3, -1])).toThrow('Cannot weigh a cluster of -1 images (number 1): give 0 or more');
  expect(() => clusterBalance([Number.NaN])).toThrow(RangeError);
});
