import { createRng } from '@hcsc/random';
import { testLoss } from '@hcsc/testing';
import {
  concat,
  dispose,
  grad,
  memory,
  slice,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor1d,
  tensor2d,
  tensor3d,
  tidy,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ntXent } from './nt-xent.js';
import type { Averaging } from './over-positives.js';
import { supCon } from './sup-con.js';

for (const blockSize of [undefined, 4]) {
  // Queries and keys share labels; negatives are alone with theirs. Only the queries' rows are looked at.
  testLoss(
    `supCon${blockSize ? `, ${blockSize} rows at a time` : ''}`,
    (query, key, negatives, { temperature }) =>
      tidy(() => {
        const [n, m] = [query.shape[0], negatives.shape[0]];
        if (n === 0) return supCon(query, tensor1d([], 'int32'));
        const labels = Array.from({ length: 2 * n + m }, (_, i) => (i < 2 * n ? i % n : i));
        const options = { temperature, reduction: 'none' as const, ...(blockSize && { blockSize }) };
        return slice(supCon(concat([query, key, negatives]), tensor1d(labels, 'int32'), options), 0, n);
      }),
    { masks: 'none', reductions: ['none'] },
  );
}

const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** The formula, one row and one pair at a time, in float64. */
function slowSupCon(u: number[][], labels: number[], tau: number, averaging: Averaging): number[] {
  return u.map((row, i) => {
    const terms = u.map((other) => Math.exp(dot(row, other) / tau));
    const denominator = terms.reduce((sum, term, a) => (a === i ? sum : sum + term), 0);
    const own = terms.filter((_, a) => a !== i && labels[a] === labels[i]);
    if (own.length === 0) return 0;
    if (averaging === 'out') return mean(own.map((term) => -Math.log(term / denominator)));
    return -Math.log(own.reduce((a, b) => a + b) / (averaging === 'in' ? own.length : 1) / denominator);
  });
}

const LABELS = [3, 3, -1, 3, 7, -1, 8];

function example(seed: number, n = LABELS.length) {
  const rng = createRng(seed);
  return Array.from({ length: n }, () => {
    const row = Array.from({ length: 4 }, () => rng.normal());
    return row.map((x) => x / Math.hypot(...row));
  });
}

describe('supCon', () => {
  for (const averaging of ['out', 'in', 'sum'] as const) {
    it.each([undefined, 1, 3])(`computes the formula, L_${averaging}, blockSize %s`, (blockSize) => {
      const u = example(3);
      const [features, labels] = [tensor2d(u), tensor1d(LABELS, 'int32')];
      const options = { averaging, reduction: 'none' as const, temperature: 0.3, ...(blockSize && { blockSize }) };
      const rows = supCon(features, labels, options);
      expect(rows).toBeAllclose(slowSupCon(u, LABELS, 0.3, averaging), 1e-5);
      dispose([features, labels, rows]);
    });

    it(`has the gradient that finite differences give, L_${averaging}`, () => {
      const u = example(4);
      const [features, labels] = [tensor2d(u), tensor1d(LABELS, 'int32')];
      const options = { averaging, temperature: 0.5, check: false };
      const slope = grad((x: Tensor) => supCon(x as Tensor2D, labels, options))(features);
      const step = 1e-5;
      const moved = (row: number, column: number, by: number) =>
        mean(
          slowSupCon(
            u.map((x, i) => x.map((value, j) => (i === row && j === column ? value + by : value))),
            LABELS,
            0.5,
            averaging,
          ),
        );
      const expected = u.map((x, i) => x.map((_, j) => (moved(i, j, step) - moved(i, j, -step)) / (2 * step)));
      expect(slope).toBeAllclose({ shape: [7, 4], data: expected.flat() }, 1e-4);
      dispose([features, labels, slope]);
    });
  }

  it('takes views for images of the same label, image by image', () => {
    const u = example(5, 12);
    const [labels, features] = [tensor1d([0, 1, 0, 2], 'int32'), tensor3d(u.flat(), [4, 3, 4])];
    const rows = supCon(features, labels, { reduction: 'none' });
    const each = [0, 1, 0, 2].flatMap((label) => [label, label, label]);
    expect(rows).toBeAllclose(slowSupCon(u, each, 0.1, 'out'), 1e-5);
    const loss = supCon(features, labels);
    expect(loss).toBeAllclose(mean(slowSupCon(u, each, 0.1, 'out')), 1e-5);
    dispose([features, labels, rows, loss]);
  });

  it('is NT-Xent where every image has a label of its own', () => {
    const u = example(6, 8);
    const [first, second] = [tensor2d(u.slice(0, 4)), tensor2d(u.slice(4))];
    const [features, labels] = [concat([first, second]), tensor1d([0, 1, 2, 3, 0, 1, 2, 3], 'int32')];
    const [one, other] = [supCon(features, labels), ntXent(first, second)];
    expect(one).toBeAllclose(other, 1e-6);
    dispose([first, second, features, labels, one, other]);
  });

  it.each([undefined, 3])(
    'keeps the digits of an L_sum that is almost 0, and of its gradient, blockSize %s',
    (blockSize) => {
      // Three rows at one place and one opposite: of the first, two positives at z = 1/τ and a stranger at −1/τ.
      const [features, labels] = [
        tensor2d([
          [1, 0],
          [1, 0],
          [1, 0],
          [-1, 0],
        ]),
        tensor1d([0, 0, 0, 1], 'int32'),
      ];
      const options = { averaging: 'sum', temperature: 0.1, ...(blockSize && { blockSize }) } as const;
      const rows = supCon(features, labels, { ...options, reduction: 'none' });
      const slope = grad((x: Tensor) => supCon(x as Tensor2D, labels, { ...options, reduction: 'sum' }))(features);
      const share = Math.exp(-20) / 2;
      for (const row of rows.dataSync().slice(0, 3)) expect(row / Math.log1p(share)).toBeCloseTo(1, 4);
      // By the stranger's place: each of the three rows pulls with its share, over τ.
      expect(slope.dataSync()[6]! / (30 * share)).toBeCloseTo(1, 4);
      dispose([features, labels, rows, slope]);
    },
  );

  it('is 0, with gradient 0, for one row, and where every row is alone', () => {
    const [one, rows] = [tensor2d([[0.6, 0.8]]), tensor2d(example(7, 3))];
    const [single, alone] = [tensor1d([4], 'int32'), tensor1d([1, 2, 3], 'int32')];
    for (const [features, labels] of [[one, single] as const, [rows, alone] as const]) {
      for (const averaging of ['out', 'in', 'sum'] as const) {
        const results = [
          supCon(features, labels, { averaging }),
          grad((x: Tensor) => supCon(x as Tensor2D, labels, { averaging }))(features),
        ];
        for (const result of results) expect(Array.from(result.dataSync(), Math.abs).every((x) => x === 0)).toBe(true);
        dispose(results);
      }
    }
    dispose([one, rows, single, alone]);
  });

  it('refuses what does not fit, and leaves nothing behind', () => {
    const [features, labels] = [tensor2d(example(8, 3)), tensor1d([0, 0, 1], 'int32')];
    const [short, floats, long] = [tensor1d([0], 'int32'), tensor1d([0, 0, 1]), tensor2d([[3, 4]])];
    const before = memory().numTensors;
    expect(() => supCon(features, short)).toThrow('needed labels as int32 [3], got int32 [1]');
    expect(() => supCon(features, floats)).toThrow(TypeError);
    expect(() => supCon(labels as never, labels)).toThrow('needed features as float32 [N, D], got int32 [3]');
    expect(() => supCon(undefined as never, labels)).toThrow(TypeError);
    expect(() => supCon(long as Tensor2D | Tensor3D, short)).toThrow(/the length of a row of features must be 1/);
    expect(() => supCon(features, labels, { averaging: 'up' as 'in' })).toThrow(TypeError);
    expect(memory().numTensors).toBe(before);
    dispose([features, labels, short, floats, long]);
  });
});
