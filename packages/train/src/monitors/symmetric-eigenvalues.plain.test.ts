import { createRng } from '@hcsc/random';
import { expect, test } from 'vitest';
import { jacobiEigenvalues } from './jacobi.fixture.js';
import { symmetricEigenvalues } from './symmetric-eigenvalues.js';

const ascending = (values: Iterable<number>) => [...values].sort((a, b) => a - b);

function expectClose(values: Float64Array, expected: readonly number[]): void {
  const right = ascending(expected);
  const largest = Math.max(...right.map(Math.abs));
  const errors = ascending(values).map((value, i) => Math.abs(value - right[i]!));
  expect(errors).toHaveLength(right.length);
  expect(Math.max(...errors)).toBeLessThanOrEqual(1e-12 * largest);
}

test('matrices whose eigenvalues are known', () => {
  expectClose(symmetricEigenvalues(Float64Array.of(7), 1), [7]);
  expectClose(symmetricEigenvalues(Float64Array.of(2, 1, 1, 2), 2), [1, 3]);
  expectClose(symmetricEigenvalues(Float64Array.of(0, 1, 1, 0), 2), [-1, 1]);
  const zeros = symmetricEigenvalues(new Float64Array(25), 5);
  expect([...zeros]).toEqual([0, 0, 0, 0, 0]);
  expect([...symmetricEigenvalues(new Float64Array(0), 0)]).toEqual([]);

  const size = 60;
  const ones = symmetricEigenvalues(new Float64Array(size * size).fill(1), size);
  expectClose(
    ones,
    Array.from({ length: size }, (_, i) => (i === 0 ? size : 0)),
  );
  // second differences: 2 − 2 cos(π j / (n + 1))
  const differences = new Float64Array(size * size).map((_, at) => {
    const apart = Math.abs(Math.floor(at / size) - (at % size));
    return apart === 0 ? 2 : apart === 1 ? -1 : 0;
  });
  const waves = Array.from({ length: size }, (_, j) => 2 - 2 * Math.cos((Math.PI * (j + 1)) / (size + 1)));
  expectClose(symmetricEigenvalues(differences, size), waves);
});

test('any symmetric matrix has the eigenvalues that plane rotations give', () => {
  const rng = createRng(11);
  for (let round = 0; round < 60; round++) {
    const size = 1 + rng.integer(24);
    const scale = 10 ** (rng.integer(13) - 6);
    const rank = 1 + rng.integer(size);
    // A sum of few products has many eigenvalues of 0; signs make it indefinite.
    const matrix = new Float64Array(size * size);
    for (let r = 0; r < rank; r++) {
      const vector = Array.from({ length: size }, () => (rng.uniform() < 0.2 ? 0 : rng.normal()));
      const weight = scale * (round % 2 === 0 ? 1 : rng.normal());
      for (let at = 0; at < matrix.length; at++) {
        matrix[at] = matrix[at]! + weight * vector[Math.floor(at / size)]! * vector[at % size]!;
      }
    }
    expectClose(symmetricEigenvalues(matrix.slice(), size), jacobiEigenvalues(matrix, size));
  }
});

test('wrong sizes and values are refused', () => {
  expect(() => symmetricEigenvalues(new Float64Array(5), 2)).toThrow(
    'Cannot take 5 values for a matrix of 2 rows: give 4',
  );
  expect(() => symmetricEigenvalues(Float64Array.of(1, Number.NaN, 0, 1), 2)).toThrow(RangeError);
});
