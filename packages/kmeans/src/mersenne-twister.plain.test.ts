import { expect, test } from 'vitest';
import { mersenneTwister } from './mersenne-twister.js';

const take = (seed: number, n: number) => {
  const draw = mersenneTwister(seed);
  return Array.from({ length: n }, draw);
};

test('draws what std::mt19937 draws', () => {
  // The C++ standard gives the 10,000th draw from the default seed, 5489.
  const draws = take(5489, 10_000);
  expect(draws.slice(0, 5)).toEqual([3499211612, 581869302, 3890346734, 3586334585, 545404204]);
  expect(draws[9999]).toBe(4123659995);
  expect(take(1234, 5)).toEqual([822569775, 2137449171, 2671936806, 3512589365, 1880026316]);
});

test('only the lowest 32 bits of the seed count', () => {
  expect(take(2 ** 32 + 7, 3)).toEqual(take(7, 3));
  expect(take(8, 3)).not.toEqual(take(7, 3));
});
