import { createRng, type Rng } from '@hcsc/random';
import { expect, test } from 'vitest';
import { featureStatistics } from './feature-statistics.js';
import { jacobiEigenvalues } from './jacobi.fixture.js';

type Rows = number[][];

const statistics = (rows: Rows) => featureStatistics(Float32Array.from(rows.flat()), [rows.length, rows[0]!.length]);
const normalRows = (rng: Rng, n: number, d: number): Rows =>
  Array.from({ length: n }, () => Array.from({ length: d }, () => rng.normal()));
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** The definitions, one after the other, with the eigenvalues of the D×D matrix always. */
function slow(rows: Rows) {
  const unit = rows.map((row) => row.map((value) => Math.fround(value) / (Math.hypot(...row.map(Math.fround)) || 1)));
  const columns = unit[0]!.map((_, j) => unit.map((row) => row[j]!));
  const centred = columns.map((column) => column.map((value) => value - mean(column)));
  const spread = mean(centred.map((column) => Math.sqrt(mean(column.map((x) => x * x))))) * Math.sqrt(columns.length);
  const products = centred.flatMap((a) => centred.map((b) => a.reduce((sum, x, i) => sum + x * b[i]!, 0)));
  const eigenvalues = jacobiEigenvalues(products, columns.length);
  const singular = eigenvalues.map((value) => Math.sqrt(Math.max(0, value)));
  const total = singular.reduce((a, b) => a + b);
  const shares = singular.map((value) => value / total).filter((p) => p > 0);
  return { spread, rank: Math.exp(-shares.reduce((sum, p) => sum + p * Math.log(p), 0)) };
}

/** ±e₁ … ±e_D. */
const axes = (d: number): Rows =>
  Array.from({ length: 2 * d }, (_, i) => Array.from({ length: d }, (_, j) => (i >> 1 === j ? 1 - 2 * (i & 1) : 0)));

test('the axes in both directions are spread evenly, in D directions', () => {
  for (const d of [1, 2, 7, 32]) {
    const { spread, rank } = statistics(axes(d));
    expect(spread).toBeCloseTo(1, 12);
    expect(rank).toBeCloseTo(d, 9);
  }
});

test('each row an axis of its own: the mean is one direction less', () => {
  const eye = Array.from({ length: 9 }, (_, i) => Array.from({ length: 9 }, (_, j) => Number(i === j)));
  const { spread, rank } = statistics(eye);
  expect(spread).toBeCloseTo(Math.sqrt(1 - 1 / 9), 12);
  expect(rank).toBeCloseTo(8, 9);
});

test('a single direction has rank 1, equal rows have neither spread nor rank', () => {
  const rng = createRng(2);
  const [direction, other] = normalRows(rng, 2, 16) as [number[], number[]];
  const both = Array.from({ length: 10 }, (_, i) => direction.map((x) => (i % 3 === 0 ? x : -x)));
  expect(statistics(both).rank).toBeCloseTo(1, 3);
  expect(statistics(both).spread).toBeGreaterThan(0.5);
  for (const rows of [12, 40]) {
    const equal = statistics(Array.from({ length: rows }, () => other));
    expect(equal.spread).toBeLessThan(1e-7);
    expect(equal.rank).toBe(0);
    expect(statistics(Array.from({ length: rows }, () => [0, 0, 0]))).toEqual({ spread: 0, rank: 0 });
  }
});

test('features in a narrow cone have a small spread, and the rank of what differs', () => {
  const rng = createRng(3);
  const cone = normalRows(rng, 64, 8).map((row) => row.map((x, j) => 0.01 * x + (j === 0 ? 1 : 0)));
  const { spread, rank } = statistics(cone);
  expect(spread).toBeGreaterThan(0.015);
  expect(spread).toBeLessThan(0.03);
  expect(rank).toBeGreaterThan(6);
});

test('any batch has the figures that the definitions give, however rows and columns compare', () => {
  const rng = createRng(5);
  for (let round = 0; round < 50; round++) {
    const [n, d, inner] = [2 + rng.integer(20), 2 + rng.integer(20), 1 + rng.integer(6)];
    const directions = normalRows(rng, inner, d);
    // Points along few directions around a mean, of any length, with some noise.
    const rows = normalRows(rng, n, inner).map((weights) => {
      const length = 10 ** (rng.integer(9) - 4);
      return directions[0]!.map(
        (_, j) => length * (1 + 0.1 * rng.normal() + weights.reduce((sum, w, k) => sum + w * directions[k]![j]!, 0)),
      );
    });
    const [found, expected] = [statistics(rows), slow(rows)];
    expect(found.spread).toBeCloseTo(expected.spread, 10);
    expect(found.rank).toBeCloseTo(expected.rank, 4);
    expect(found.spread).toBeLessThanOrEqual(1 + 1e-12);
    expect(found.rank).toBeGreaterThanOrEqual(1 - 1e-12);
    expect(found.rank).toBeLessThanOrEqual(Math.min(n - 1, d) + 1e-4);

    // The order of rows and coordinates, their sign and the rows' lengths mean nothing.
    const [order, places] = [rng.permutation(n), rng.permutation(d)];
    const others = Array.from(order, (i) => {
      const length = 2 ** rng.integer(5);
      return Array.from(places, (j) => -length * rows[i]![j]!);
    });
    const again = statistics(others);
    expect(again.spread).toBeCloseTo(found.spread, 10);
    expect(again.rank).toBeCloseTo(found.rank, 4);
  }
});

test('values stay as they are', () => {
  const values = Float32Array.of(3, 4, 5, 12);
  featureStatistics(values, [2, 2]);
  expect([...values]).toEqual([3, 4, 5, 12]);
});

test('what are no features is refused', () => {
  const values = new Float32Array(6).fill(1);
  expect(() => featureStatistics(values, [1, 6])).toThrow(/features \[1, 6\]: give at least 2 rows/);
  expect(() => featureStatistics(values, [2.5, 2])).toThrow(RangeError);
  expect(() => featureStatistics(values, [6, 0])).toThrow(RangeError);
  expect(() => featureStatistics(values, [4, 2])).toThrow('[4, 2] from 6 values: give 8');
  values[4] = Number.NaN;
  expect(() => featureStatistics(values, [3, 2])).toThrow(/row 2 has NaN/);
  values[1] = Number.POSITIVE_INFINITY;
  expect(() => featureStatistics(values, [3, 2])).toThrow(/row 0 has Infinity/);
});
