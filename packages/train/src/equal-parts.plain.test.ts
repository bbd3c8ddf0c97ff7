import { expect, test } from 'vitest';
import { equalParts } from './equal-parts.js';

test('the size of each part', () => {
  expect([equalParts(256, 1), equalParts(256, 4), equalParts(6, 6)]).toEqual([256, 64, 1]);
});

test('what does not fit is refused, with what was asked and what fits', () => {
  expect(() => equalParts(30, 4)).toThrow(
    new RangeError(
      'Cannot take a batch of 30 images in 4 equal parts: accumulate over 1, 2, 3, 5, 6, 10, 15, 30, or give a batch size that is a multiple of 4',
    ),
  );
  expect(() => equalParts(2, 4)).toThrow(RangeError);
  for (const parts of [0, -1, 1.5, Number.NaN]) {
    expect(() => equalParts(32, parts)).toThrow(`Cannot accumulate gradients over ${parts} parts`);
  }
});
