import { expect, test } from 'vitest';
import { scaledLearningRate } from './scaled-learning-rate.js';

test('linear and square-root scaling give the papers’ rates', () => {
  expect(scaledLearningRate(0.03, 256)).toBe(0.03);
  expect(scaledLearningRate(0.3, 4096)).toBeCloseTo(4.8, 12);
  expect(scaledLearningRate(0.075, 4096, { per: 1, rule: 'sqrt' })).toBeCloseTo(4.8, 12);
  expect(scaledLearningRate(0.1, 64, { per: 256, rule: 'sqrt' })).toBe(0.05);
  expect(scaledLearningRate(0.1, 64, { per: 32 })).toBe(0.2);
});

test('bad numbers are refused', () => {
  expect(() => scaledLearningRate(0.1, 0)).toThrow(/batchSize 0: give a finite number above 0/);
  expect(() => scaledLearningRate(Number.NaN, 64)).toThrow(/base NaN/);
  expect(() => scaledLearningRate(0.1, 64, { per: -1 })).toThrow(/per -1/);
  expect(() => scaledLearningRate(0.1, 64, { rule: 'cube' as never })).toThrow(/rule 'cube': give 'linear' or 'sqrt'/);
});
