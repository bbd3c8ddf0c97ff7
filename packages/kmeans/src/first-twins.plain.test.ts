import { expect, test } from 'vitest';
import { firstTwins } from './first-twins.js';

test('points each row to the first of its kind', () => {
  const rows = [
    [1, 2],
    [3, 4],
    [1, 2],
    [2, 1],
    [3, 4],
    [1, 2],
  ];
  expect([...firstTwins(Float32Array.from(rows.flat()), 2)!]).toEqual([0, 1, 0, 3, 1, 0]);
});

test('is null if all rows differ', () => {
  expect(firstTwins(Float32Array.of(1, 2, 2, 1, 3, 3), 2)).toBeNull();
  // Rows of one hash: the second word undoes the first.
  const clash = new Float32Array(Uint32Array.of(0, 5, 1, 5 ^ 0x01000193).buffer);
  expect(firstTwins(clash, 2)).toBeNull();
});
