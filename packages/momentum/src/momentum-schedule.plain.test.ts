import { expect, it } from 'vitest';
import { constantMomentum, cosineMomentum } from './momentum-schedule.js';

it('stays constant', () => {
  expect([0, 1, 99].map((step) => constantMomentum(0.99)(step, 100))).toEqual([0.99, 0.99, 0.99]);
});

it('rises along half a cosine', () => {
  const momentum = cosineMomentum(0.9);
  expect(momentum(0, 8)).toBeCloseTo(0.9, 12);
  expect(momentum(4, 8)).toBeCloseTo(0.95, 12);
  expect(momentum(8, 8)).toBe(1);
  expect(momentum(12, 8)).toBe(1);
  // BYOL: 1 − (1 − 0.9) · (cos(π k / K) + 1) / 2
  expect(momentum(2, 8)).toBeCloseTo(1 - (0.1 * (Math.SQRT1_2 + 1)) / 2, 12);
  expect(cosineMomentum(0.5, 0.9)(4, 8)).toBeCloseTo(0.7, 12);
});

it('refuses momenta that are no share', () => {
  expect(() => constantMomentum(1.1)).toThrow(/momentum 1.1: give a number from 0 to 1/);
  expect(() => constantMomentum(Number.NaN)).toThrow(RangeError);
  expect(() => cosineMomentum(0.9, 2)).toThrow(RangeError);
});
