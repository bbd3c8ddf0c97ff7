import { expect, it } from 'vitest';
import { formatNumber, formatShare, formatTick } from './format-number.js';

it.each([
  [0, '0'],
  [12480, '12,480'],
  [1234567.8, '1,234,568'],
  [0.79712, '0.7971'],
  [-2.5, '−2.5'],
  [453.26, '453.3'],
  [0.000032, '3.2e−5'],
  [1e12, '1.0e12'],
  [Number.NaN, '–'],
])('formats %d as %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

it('formats shares', () => {
  expect([0, 0.79749, 1, Number.NaN].map(formatShare)).toEqual(['0.0 %', '79.7 %', '100.0 %', '–']);
});

it.each([
  [0.3, 0.1, '0.3'],
  [0, 0.05, '0.00'],
  [2, 1, '2'],
  [20_000, 10_000, '20,000'],
  [0.0005, 0.0001, '0.0005'],
  [0.99925, 0.00005, '0.99925'],
  [0.00003, 0.00001, '3e−5'],
  [0.0000025, 0.0000005, '2.5e−6'],
  [20_000_000, 5_000_000, '2.0e7'],
])('formats the tick %d at a step of %d as %s', (value, step, text) => {
  expect(formatTick(value, step)).toBe(text);
});
