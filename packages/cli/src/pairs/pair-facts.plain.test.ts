import type { PairSummary } from '@hcsc/train';
import { expect, test } from 'vitest';
import { pairFacts } from './pair-facts.js';

const mined = {
  images: 4,
  pairs: Int32Array.of(0, 1, 2, 3),
  similarities: Float32Array.of(0.98, 0.97),
  duplicates: new Int32Array(0),
};
const summaryOf = (target: number) =>
  ({ encoder: { name: 'moco' }, miner: { target }, features: null }) as unknown as PairSummary;
const thresholds = (lower: number, upper: number, target?: number) =>
  Object.fromEntries(pairFacts({ ...mined, thresholds: { lower, upper } }, target ? summaryOf(target) : null, null))
    .Thresholds;

test('thresholds are those that were given, and those that were found in six digits', () => {
  expect(thresholds(0.97, 0.99)).toBe('0.97 to 0.99');
  expect(thresholds(0.9999, 0.99995)).toBe('0.9999 to 0.99995');
  expect(thresholds(Math.fround(0.93120434), 0.99, 2)).toBe('0.931204 to 0.99, for 2 pairs');
});

test('fewer pairs than were asked for are said to be so', () => {
  expect(thresholds(-0.2, 0.99, 5000)).toBe('-0.2 to 0.99: all 2 there are, of 5,000 asked for');
});
