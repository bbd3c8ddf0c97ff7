import { createRng } from '@hcsc/random';
import { expect, test } from 'vitest';
import { histogramBuckets } from './histogram-buckets.js';

test('each value is counted once, in the bucket whose edges hold it', () => {
  const rng = createRng(3);
  const values = Float32Array.from({ length: 500 }, () => rng.normal());
  const { buckets, min, max, sum, sumOfSquares } = histogramBuckets(values);
  expect(buckets).toHaveLength(30);
  expect(buckets[0]![0]).toBe(min);
  expect(buckets[29]![1]).toBe(max);
  for (const [i, [left, right, count]] of buckets.entries()) {
    const held = values.filter((value) => value >= left && (i === 29 ? value <= right : value < right));
    expect(count).toBe(held.length);
    if (i > 0) expect(left).toBe(buckets[i - 1]![1]);
    expect(right - left).toBeCloseTo((max - min) / 30, 12);
  }
  const sorted = [...values].sort((a, b) => a - b);
  expect([min, max]).toEqual([sorted[0], sorted[499]]);
  expect(sum).toBeCloseTo(
    [...values].reduce((a, b) => a + b, 0),
    9,
  );
  expect(sumOfSquares).toBeCloseTo(
    [...values].reduce((a, b) => a + b * b, 0),
    9,
  );
});

test('values that are equal are all in the last bucket, of no width', () => {
  const { buckets } = histogramBuckets(new Float32Array(7).fill(2.5));
  expect(buckets.slice(0, 29)).toEqual(Array(29).fill([2.5, 2.5, 0]));
  expect(buckets[29]).toEqual([2.5, 2.5, 7]);
});

test('no values and values that are not finite are refused', () => {
  expect(() => histogramBuckets(new Float32Array(0))).toThrow(RangeError);
  expect(() => histogramBuckets(Float32Array.of(1, 2, Number.NaN))).toThrow(/value 2 is NaN/);
  expect(() => histogramBuckets(Float32Array.of(1, Number.POSITIVE_INFINITY))).toThrow(/value 1 is Infinity/);
});
