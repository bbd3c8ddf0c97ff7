import { expect, test } from 'vitest';
import { nonFiniteLoss } from './non-finite-loss.js';

test('names the parts that are not finite, then the others', () => {
  expect(nonFiniteLoss(121, Number.NaN, { accuracy: 0.1, icsc: Number.NaN, pcsc: 2.34567 })).toBe(
    'The loss is NaN at step 121: icsc is NaN (accuracy 0.1, pcsc 2.35)',
  );
  expect(nonFiniteLoss(0, Number.NaN, { icsc: Number.POSITIVE_INFINITY, pcsc: Number.NaN })).toBe(
    'The loss is NaN at step 0: icsc is Infinity, pcsc is NaN',
  );
  expect(nonFiniteLoss(3, Number.NEGATIVE_INFINITY, { accuracy: 1 })).toBe(
    'The loss is -Infinity at step 3 (accuracy 1)',
  );
  expect(nonFiniteLoss(3, Number.NaN, {})).toBe('The loss is NaN at step 3');
});

test('a finite loss is no matter, whatever its parts are', () => {
  expect(nonFiniteLoss(1, 2.5, { keep: Number.NaN })).toBeNull();
});
