import { createRng } from '@hcsc/random';
import { testLoss } from '@hcsc/testing';
import { dispose, grad, grads, memory, type Tensor, type Tensor2D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { asInstanceLoss } from './as-instance-loss.fixture.js';
import { ntXent } from './nt-xent.js';
import type { Averaging } from './over-positives.js';

testLoss('ntXent', asInstanceLoss(ntXent));
testLoss(
  'ntXent, 7 rows at a time',
  asInstanceLoss((first, second, options) => ntXent(first, second, { ...options, blockSize: 7 })),
);

const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

interface Case {
  u: number[][];
  tau: number;
  positives: number[][];
  averaging: Averaging;
  keep?: number[][];
  mode?: string;
}

/** The formula, one row and one pair at a time, in float64. */
function slowNTXent({ u, tau, positives, averaging, keep, mode = 'paper' }: Case): number[] {
  const n = u.length / 2;
  return u.map((row, i) => {
    const isPositive = (a: number) => a !== i && (a === (i + n) % (2 * n) || positives[i]![a] === 1);
    const term = (a: number) => Math.exp(dot(row, u[a]!) / tau);
    let denominator = 0;
    u.forEach((_, a) => {
      if (a === i) return;
      const kept = !keep || isPositive(a) || keep[i]![a] === 1;
      if (kept) denominator += term(a);
      else if (mode === 'reference') denominator += 1;
    });
    const terms = u.flatMap((_, a) => (isPositive(a) ? [term(a)] : []));
    if (averaging === 'out') return mean(terms.map((t) => -Math.log(t / denominator)));
    const numerator = terms.reduce((a, b) => a + b) / (averaging === 'in' ? terms.length : 1);
    return -Math.log(numerator / denominator);
  });
}

function example(seed: number, n = 4) {
  const rng = createRng(seed);
  const unit = () => {
    const row = Array.from({ length: 5 }, () => rng.normal());
    return row.map((x) => x / Math.hypot(...row));
  };
  const u = Array.from({ length: 2 * n }, unit);
  const flags = (share: number) => u.map(() => u.map(() => (rng.uniform() < share ? 1 : 0)));
  return { u, none: u.map(() => u.map(() => 0)), some: flags(0.3), keep: flags(0.5) };
}

const views = (u: number[][]) =>
  [u.slice(0, u.length / 2), u.slice(u.length / 2)].map((rows) => tensor2d(rows)) as [Tensor2D, Tensor2D];

describe('ntXent', () => {
  for (const averaging of ['out', 'in', 'sum'] as const) {
    for (const mode of ['paper', 'reference'] as const) {
      it.each([undefined, 3])(`computes the formula, L_${averaging}, ${mode}, blockSize %s`, (blockSize) => {
        const { u, none, some, keep } = example(3);
        const [first, second] = views(u);
        const [positives, mask] = [tensor2d(some, undefined, 'int32'), tensor2d(keep)];
        const options = {
          averaging,
          mode,
          reduction: 'none' as const,
          temperature: 0.3,
          ...(blockSize && { blockSize }),
        };
        const slow = { u, averaging, mode, tau: 0.3 };
        const rows = [
          ntXent(first, second, options),
          ntXent(first, second, { ...options, positives }),
          ntXent(first, second, { ...options, keep: mask }),
          ntXent(first, second, { ...options, positives, keep: mask }),
        ];
        expect(rows[0]!).toBeAllclose(slowNTXent({ ...slow, positives: none }), 1e-5);
        expect(rows[1]!).toBeAllclose(slowNTXent({ ...slow, positives: some }), 1e-5);
        expect(rows[2]!).toBeAllclose(slowNTXent({ ...slow, positives: none, keep }), 1e-5);
        expect(rows[3]!).toBeAllclose(slowNTXent({ ...slow, positives: some, keep }), 1e-5);
        dispose([first, second, positives, mask, ...rows]);
      });
    }

    it(`has the gradient that finite differences give, L_${averaging}`, () => {
      const { u, some, keep } = example(4);
      const [first, second] = views(u);
      const [positives, mask] = [tensor2d(some), tensor2d(keep)];
      const options = { averaging, positives, keep: mask, temperature: 0.5, check: false };
      const slopes = grads((a, b) => ntXent(a as Tensor2D, b as Tensor2D, options))([first, second]);
      const found = slopes.flatMap((slope) => Array.from(slope.dataSync()));
      const step = 1e-5;
      const moved = (row: number, column: number, by: number) => {
        const shifted = u.map((x, i) => x.map((value, j) => (i === row && j === column ? value + by : value)));
        return mean(slowNTXent({ u: shifted, tau: 0.5, positives: some, averaging, keep }));
      };
      const expected = u.flatMap((x, i) => x.map((_, j) => (moved(i, j, step) - moved(i, j, -step)) / (2 * step)));
      expect(found).toHaveLength(expected.length);
      const scale = Math.max(...expected.map(Math.abs));
      found.forEach((value, i) => {
        expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-4 * scale);
      });
      dispose([first, second, positives, mask, ...slopes]);
    });
  }

  it('has temperature 0.1, the mean of all rows and L_out as defaults', () => {
    const { u, none, some } = example(5);
    const [first, second] = views(u);
    const positives = tensor2d(some);
    const [one, several] = [ntXent(first, second), ntXent(first, second, { positives })];
    expect(one).toBeAllclose(mean(slowNTXent({ u, tau: 0.1, positives: none, averaging: 'out' })), 1e-5);
    expect(several).toBeAllclose(mean(slowNTXent({ u, tau: 0.1, positives: some, averaging: 'out' })), 1e-5);
    dispose([first, second, positives, one, several]);
  });

  it('takes pairs of images for all pairs of their views', () => {
    const { u, none } = example(6);
    const [first, second] = views(u);
    for (const [i, j] of [0, 4].flatMap((a) => [2, 6].map((b) => [a, b] as const))) none[i]![j] = none[j]![i] = 1;
    const options = { averaging: 'in', reduction: 'none' } as const;
    const byPairs = ntXent(first, second, { ...options, positives: [[0, 2]] });
    expect(byPairs).toBeAllclose(slowNTXent({ u, tau: 0.1, positives: none, averaging: 'in' }), 1e-5);
    const noPairs = ntXent(first, second, { ...options, positives: [] });
    const plain = ntXent(first, second, options);
    expect(noPairs).toBeAllclose(plain, 0);
    dispose([first, second, byPairs, noPairs, plain]);
  });

  it('is worked by hand: orthogonal images, equal views', () => {
    const rows = tensor2d([
      [1, 0],
      [0, 1],
    ]);
    const loss = ntXent(rows, rows, { temperature: 0.5 });
    // One partner at similarity 1, two strangers at 0.
    expect(loss).toBeAllclose(Math.log(1 + 2 * Math.exp(-2)), 1e-6);
    dispose([rows, loss]);
  });

  it('stays exact where exp would overflow float32', () => {
    const first = tensor2d([
      [1, 0],
      [0, 1],
    ]);
    const second = tensor2d([
      [0.6, 0.8],
      [0, 1],
    ]);
    const rows = ntXent(first, second, { temperature: 1e-3, reduction: 'none' });
    // Row 2 is [0.6, 0.8]: its partner at 0.6, two strangers at 0.8. Rows 1 and 3: partner at 1, nobody else near.
    expect(rows).toBeAllclose([0, 0, 200 + Math.log(2), 0], 1e-5);
    dispose([first, second, rows]);
  });

  it('keeps the digits of a loss that is almost 0', () => {
    const rows = tensor2d([
      [1, 0],
      [0, 1],
    ]);
    const loss = ntXent(rows, rows, { temperature: 0.05 });
    expect(loss.dataSync()[0]! / Math.log1p(2 * Math.exp(-20))).toBeCloseTo(1, 5);
    dispose([rows, loss]);
  });

  it('is 0, with gradient 0, for a single image, and where masks leave no negative', () => {
    const { u } = example(7);
    const [first, second] = views(u);
    const [one, other] = views([u[0]!, u[1]!]);
    const nobody = tensor2d(u.map(() => u.map(() => 0)));
    for (const blockSize of [{}, { blockSize: 1 }, { temperature: 1e-3 }]) {
      const results = [
        ntXent(one, other, blockSize),
        grad((x: Tensor) => ntXent(x as Tensor2D, other, blockSize))(one),
        ntXent(first, second, { keep: nobody, ...blockSize }),
        grad((x: Tensor) => ntXent(x as Tensor2D, second, { keep: nobody, ...blockSize }))(first),
      ];
      for (const result of results) expect(Array.from(result.dataSync(), Math.abs).every((x) => x === 0)).toBe(true);
      dispose(results);
    }
    dispose([first, second, one, other, nobody]);
  });

  it('refuses what does not fit, and leaves nothing behind', () => {
    const { u, some } = example(8);
    const [first, second] = views(u);
    const [wide, small, mask, half, flat] = [
      tensor2d([[1, 0]]),
      tensor2d([[1, 0, 0, 0, 0]]),
      tensor2d(some),
      tensor2d(some.map((row) => row.map((x) => x / 2))),
      tensor1d([1]),
    ];
    const before = memory().numTensors;
    expect(() => ntXent(first, small)).toThrow('needed second as float32 [4, 5], got float32 [1, 5]');
    expect(() => ntXent(wide, small)).toThrow(RangeError);
    expect(() => ntXent(flat as never, small)).toThrow(TypeError);
    expect(() => ntXent(first, second, { keep: first })).toThrow(
      'needed keep as float32 or int32 or bool [8, 8], got float32 [4, 5]',
    );
    expect(() => ntXent(first, second, { positives: half })).toThrow(/positives must be 0 or 1, got 0.5/);
    expect(() => ntXent(first, second, { positives: first })).toThrow(RangeError);
    expect(() => ntXent(first, second, { positives: [[0, 4]] })).toThrow(
      'needed positives as pairs of images from 0 to 3, got [0,4]',
    );
    expect(() => ntXent(first, second, { positives: [0, 1] as never })).toThrow(
      'needed positives as pairs of images from 0 to 3, got [0]',
    );
    expect(() => ntXent(first, second, { positives: [[0, 1, 2]] as never })).toThrow('got [0,1,2]');
    expect(() => ntXent(first, second, { averaging: 'up' as 'in' })).toThrow(
      "Cannot compute ntXent: needed averaging 'out' or 'in' or 'sum', got up",
    );
    expect(() => ntXent(first, second, { blockSize: 0 })).toThrow('needed blockSize as a whole number above 0, got 0');
    expect(() => ntXent(first, second, { blockSize: 1.5 })).toThrow(RangeError);
    expect(() => ntXent(first, second, { temperature: -1 })).toThrow('needed a finite temperature above 0, got -1');
    expect(memory().numTensors).toBe(before);
    dispose([first, second, wide, small, mask, half, flat]);
  });
});
