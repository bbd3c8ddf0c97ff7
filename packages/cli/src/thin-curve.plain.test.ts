import { expect, test } from 'vitest';
import { thinCurve } from './thin-curve.js';

const wave = (length: number) => Array.from({ length }, (_, x) => Math.sin(x / 7) + ((x * 7919) % 101) / 500);

function thinned(y: readonly number[], most: number) {
  const curve = thinCurve(most);
  for (const [x, value] of y.entries()) curve.add(x, value);
  return curve.points();
}

test('up to the most, every point is kept', () => {
  const y = wave(100);
  expect(thinned(y, 100)).toEqual({ x: y.map((_, x) => x), y });
  expect(thinned([], 8)).toEqual({ x: [], y: [] });
});

test.each([101, 999, 5000, 65_537])(
  'of %i points at most 100 are kept, with ends and peaks in their places',
  (length) => {
    const y = wave(length);
    const [low, high] = [Math.floor(length / 3), Math.floor(length / 2) + 1];
    y[low] = -50;
    y[high] = 50;
    const points = thinned(y, 100);
    expect(points.x.length).toBeLessThanOrEqual(100);
    expect(points.x.length).toBeGreaterThan(33);
    points.x.forEach((x, i) => {
      expect(points.y[i]).toBe(y[x]);
      if (i > 0) expect(x).toBeGreaterThan(points.x[i - 1]!);
    });
    expect(points.x).toEqual(expect.arrayContaining([0, low, high, length - 1]));
    // No stretch is without a point.
    const gaps = points.x.slice(1).map((x, i) => x - points.x[i]!);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(Math.ceil((length * 10) / 100));
  },
);

test('what cannot be drawn is left out', () => {
  const curve = thinCurve(8);
  for (const [x, y] of [
    [1, 2],
    [Number.NaN, 2],
    [2, Number.NaN],
    [3, 4],
    [2, 5],
    [3, 6],
  ] as const)
    curve.add(x, y);
  expect(curve.points()).toEqual({ x: [1, 3, 3], y: [2, 4, 6] });
});
