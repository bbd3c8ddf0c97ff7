import { expect, test } from 'vitest';
import { weightedDraws } from './weighted-draws.js';

test('the place of a draw among the sums decides the index, and a mass of 0 is never drawn', () => {
  const masses = Float64Array.of(0, 1, 0, 3, 0, 0, 4, 0);
  let next = 0;
  const { total, draw } = weightedDraws(masses, () => next);
  expect(total).toBe(8);
  const drawn = [0, 0.5, 1, 2, 3.999, 4, 7.999, 8].map((place) => {
    next = place / 8;
    return draw();
  });
  expect(drawn).toEqual([1, 1, 3, 3, 3, 6, 6, 6]);
});
