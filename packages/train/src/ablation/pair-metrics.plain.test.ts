import { expect, it } from 'vitest';
import type { MeasuredSplit } from './ablation.js';
import { pairCount, pairPurity } from './pair-metrics.js';

const unread = null as unknown as MeasuredSplit;
const labels = Int32Array.of(0, 0, 1, 1, 2);
const of = (pairs: readonly number[]) => ({
  images: 5,
  pairs: Int32Array.from(pairs),
  similarities: new Float32Array(pairs.length / 2).fill(0.98),
  duplicates: Int32Array.of(0, 4),
});

it('the purity is the share of pairs with one label, without duplicates', async () => {
  const { measure, format } = pairPurity();
  expect(format).toBe('percent');
  expect(await measure(unread, unread, { pairs: of([0, 1, 2, 3, 1, 2, 3, 4]), labels })).toBe(0.5);
  expect(await measure(unread, unread, { pairs: of([0, 1, 2, 3, 1, 2, 3, 4]), labels: null })).toBeNull();
  expect(await measure(unread, unread, { pairs: of([]), labels })).toBeNull();
  expect(await measure(unread, unread, { pairs: null, labels })).toBeNull();
});

it('the number is that of pairs, none if there are none, and nothing without pairs', async () => {
  const { measure, format } = pairCount();
  expect(format).toBe('number');
  expect(await measure(unread, unread, { pairs: of([0, 1, 2, 3, 1, 2]), labels: null })).toBe(3);
  expect(await measure(unread, unread, { pairs: of([]), labels })).toBe(0);
  expect(await measure(unread, unread, { pairs: null, labels })).toBeNull();
});
