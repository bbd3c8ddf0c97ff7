import { createRng } from '@hcsc/random';
import { describe, expect, it } from 'vitest';
import { pairedComparison, sampleSummary } from './index.js';
import { studentTQuantile, studentTWithin } from './student-t.js';

/** P(|T| ≤ t) the slow way: Simpson's rule over the density, which is scaled by its own integral. */
function withinSlowly(t: number, degrees: number): number {
  // x = tan(u) takes the whole line to (−π/2, π/2).
  const density = (u: number) => {
    const x = Math.tan(u);
    return (1 + x ** 2 / degrees) ** (-(degrees + 1) / 2) * (1 + x ** 2);
  };
  const integral = (to: number) => {
    const steps = 20_000;
    const width = to / steps;
    let sum = 0;
    for (let i = 0; i < steps; i++) {
      sum += density(i * width) + 4 * density((i + 0.5) * width) + density((i + 1) * width);
    }
    return (sum * width) / 6;
  };
  return integral(Math.atan(t)) / integral(Math.PI / 2 - 1e-9);
}

/** The sign-flip test the slow way: every vector of signs, written out. */
function signFlipSlowly(differences: readonly number[]): number {
  const vectors = differences.reduce<number[][]>(
    (all, value) =>
      all.flatMap((signed) => [
        [...signed, value],
        [...signed, -value],
      ]),
    [[]],
  );
  const total = (values: readonly number[]) => Math.abs(values.reduce((a, b) => a + b, 0));
  return vectors.filter((signed) => total(signed) > total(differences) - 1e-12).length / vectors.length;
}

describe('sampleSummary', () => {
  it('of figures worked by hand', () => {
    // deviations −2, −1, 3: squares 14, over 2 is 7
    expect(sampleSummary([3, 4, 8])).toEqual({ n: 3, mean: 5, standardDeviation: Math.sqrt(7) });
    expect(sampleSummary([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ n: 8, mean: 5, standardDeviation: Math.sqrt(32 / 7) });
  });

  it('of one figure has no deviation, of equal ones none', () => {
    expect(sampleSummary([0.75])).toEqual({ n: 1, mean: 0.75, standardDeviation: Number.NaN });
    expect(sampleSummary([0.75, 0.75])).toEqual({ n: 2, mean: 0.75, standardDeviation: 0 });
  });

  it('refuses none, and what is not finite', () => {
    expect(() => sampleSummary([])).toThrow(new RangeError('Cannot summarise no figures: give at least one'));
    expect(() => sampleSummary([1, Number.NaN])).toThrow(
      'Cannot summarise figures with NaN at 1: every one must be fin',
    );
  });
});

describe("Student's t", () => {
  it.each([
    // from the tables of textbooks
    [0.95, 1, 12.7062],
    [0.95, 2, 4.30265],
    [0.95, 3, 3.18245],
    [0.95, 4, 2.77645],
    [0.95, 9, 2.26216],
    [0.99, 10, 3.16927],
    [0.9, 5, 2.01505],
    [0.95, 120, 1.97993],
  ])('holds %d with %i degrees of freedom within %d', (share, degrees, t) => {
    expect(studentTQuantile(share, degrees)).toBeCloseTo(t, 4);
  });

  it('is the integral of its density', () => {
    for (const degrees of [1, 2, 3, 4, 7, 12]) {
      for (const t of [0.1, 1, 2.5, 6]) {
        expect(studentTWithin(t, degrees)).toBeCloseTo(withinSlowly(t, degrees), 7);
      }
    }
  });
});

describe('pairedComparison', () => {
  it('of three pairs worked by hand', () => {
    // differences 1, 2, 3: mean 2, deviation 1; t of 2 degrees 4.30265; all of one sign: 2 of 8 choices are as far
    const { interval, ...rest } = pairedComparison([5, 7, 9], [4, 5, 6]);
    expect(rest).toEqual({ n: 3, difference: 2, standardDeviation: 1, p: 0.25, wins: 3, ties: 0 });
    expect(interval![0]).toBeCloseTo(2 - 4.30265 / Math.sqrt(3), 4);
    expect(interval![1]).toBeCloseTo(2 + 4.30265 / Math.sqrt(3), 4);
  });

  it('of two pairs that cancel out, and of ties', () => {
    const { difference, p, wins, ties } = pairedComparison([1, 3, 5], [3, 1, 5]);
    expect({ difference, p, wins, ties }).toEqual({ difference: 0, p: 1, wins: 1, ties: 1 });
    expect(pairedComparison([1, 2], [1, 2])).toMatchObject({ interval: [0, 0], p: 1, ties: 2 });
  });

  it('of one pair has a difference and no more', () => {
    expect(pairedComparison([0.5], [0.25])).toEqual({
      ...{ n: 1, difference: 0.25, standardDeviation: Number.NaN, interval: null, p: 1, wins: 1, ties: 0 },
    });
  });

  it('has the p of all signs written out, also where sums are equal but for rounding', () => {
    const rng = createRng(0);
    for (const n of [2, 4, 7, 10]) {
      const ours = Array.from({ length: n }, () => Math.round(1000 * rng.uniform()) / 1000);
      const theirs = Array.from({ length: n }, () => Math.round(1000 * rng.uniform()) / 1000);
      const { p } = pairedComparison(ours, theirs);
      expect(p).toBe(signFlipSlowly(ours.map((value, i) => value - theirs[i]!)));
    }
    // 0.1 + 0.2 and 0.3: equally far, though not in floating point
    expect(pairedComparison([0.1, 0.2, -0.3], [0, 0, 0]).p).toBe(1);
  });

  it('gives intervals that hold the truth as often as they say', () => {
    const rng = createRng(1);
    let held = 0;
    for (let i = 0; i < 2000; i++) {
      const theirs = Array.from({ length: 4 }, () => rng.normal());
      const ours = theirs.map((value) => value + 0.5 + rng.normal());
      const [low, high] = pairedComparison(ours, theirs, { confidence: 0.8 }).interval!;
      if (low <= 0.5 && high >= 0.5) held++;
    }
    expect(Math.abs(held / 2000 - 0.8)).toBeLessThan(0.03); // over three standard deviations
  });

  it('tries no signs above 20 pairs', () => {
    const many = Array.from({ length: 21 }, (_, i) => i);
    const none = many.map(() => 0);
    expect(pairedComparison(many, none)).toMatchObject({ n: 21, p: null, wins: 20, ties: 1 });
    expect(pairedComparison(many.slice(1), none.slice(1)).p).toBe(2 ** -19);
  });

  it.each<[string, () => unknown, string]>([
    ['no pairs', () => pairedComparison([], []), 'Cannot compare no figures: give at least one'],
    ['unequal series', () => pairedComparison([1, 2], [1]), 'Cannot pair 2 figures with 1: give as many of both'],
    ['a figure that is none', () => pairedComparison([1], [Number.NaN]), 'Cannot compare figures with NaN at 0'],
    [
      'no confidence',
      () => pairedComparison([1], [1], { confidence: 1 }),
      'Cannot make an interval of confidence 1: give a number between 0 and 1',
    ],
  ])('refuses %s', (_, compare, message) => {
    expect(compare).toThrow(RangeError);
    expect(compare).toThrow(message);
  });
});
