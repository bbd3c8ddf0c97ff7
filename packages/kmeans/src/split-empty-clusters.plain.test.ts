import { expect, test } from 'vitest';
import { mersenneTwister } from './mersenne-twister.js';
import { splitEmptyClusters } from './split-empty-clusters.js';

test('leaves full clusters alone', () => {
  const centroids = Float32Array.of(1, 2, 3, 4);
  const counts = Float64Array.of(3, 4);
  expect(splitEmptyClusters(centroids, counts, 7)).toBe(0);
  expect([...centroids]).toEqual([1, 2, 3, 4]);
  expect([...counts]).toEqual([3, 4]);
});

test('an empty cluster takes half of the only one that can give', () => {
  const centroids = Float32Array.of(1024, 1024, 1024, 5, 5, 5, 0, 0, 0);
  const counts = Float64Array.of(7, 1, 0);
  expect(splitEmptyClusters(centroids, counts, 8)).toBe(1);
  expect([...centroids]).toEqual([1023, 1025, 1023, 5, 5, 5, 1025, 1023, 1025]);
  expect([...counts]).toEqual([3.5, 1, 3.5]);
});

test('clusters give in proportion to their size, as the draws decide', () => {
  const counts = Float64Array.of(0, 11, 30, 0, 22);
  const [n, k] = [63, 5];
  // The rule again, without centroids: which clusters gave?
  const draw = mersenneTwister(1234);
  const left = [...counts];
  const donors: number[] = [];
  for (const empty of [0, 3]) {
    for (let j = 0; ; j = (j + 1) % k) {
      if (draw() / 2 ** 32 < (left[j]! - 1) / (n - k)) {
        donors.push(j);
        left[empty] = left[j]! / 2;
        left[j]! /= 2;
        break;
      }
    }
  }
  const centroids = Float32Array.of(0, 10, 20, 0, 40);
  expect(splitEmptyClusters(centroids, counts, n)).toBe(2);
  expect([...counts]).toEqual(left);
  for (const [i, empty] of [0, 3].entries()) {
    expect(Math.abs(centroids[empty]! - 10 * donors[i]!)).toBeLessThan(0.1);
  }
});

test('frozen clusters neither give nor take', () => {
  const centroids = Float32Array.of(5, 7, 0, 1024);
  const counts = Float64Array.of(50, 0, 0, 10);
  expect(splitEmptyClusters(centroids, counts, 60, 2)).toBe(1);
  expect([...centroids]).toEqual([5, 7, 1025, 1023]);
  expect([...counts]).toEqual([50, 0, 5, 5]);
});

test('if no cluster has more than a point to give, those that are empty stay', () => {
  for (const masses of [
    [60, 0, 1, 0],
    [60, 0, 0, 0],
  ]) {
    const centroids = Float32Array.of(5, 6, 7, 8);
    expect(splitEmptyClusters(centroids, Float64Array.from(masses), 61, 1)).toBe(0);
    expect([...centroids]).toEqual([5, 6, 7, 8]);
  }
});

test.each([1e-30, 2 ** -7, 1, 1 + 2 ** -40])('masses of %d can be split too, in proportion', (mass) => {
  const centroids = Float32Array.of(1024, 2048, 0);
  const masses = Float64Array.of(mass / 1e6, mass, 0);
  expect(splitEmptyClusters(centroids, masses, 1e6)).toBe(1);
  expect([...centroids]).toEqual([1024, 2046, 2050]);
  expect([...masses]).toEqual([mass / 1e6, mass / 2, mass / 2]);
});
