import { createRng } from '@hcsc/random';
import { testLoss } from '@hcsc/testing';
import {
  BatchMatMul,
  dispose,
  getGradient,
  grad,
  memory,
  registerGradient,
  type Tensor,
  type Tensor2D,
  tensor1d,
  tensor2d,
  unregisterGradient,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { infoNCE } from './info-nce.js';

testLoss('infoNCE', infoNCE);
testLoss('infoNCE, 4 negatives at a time', (q, k, n, request) => infoNCE(q, k, n, { ...request, blockSize: 4 }));
testLoss('decoupled infoNCE', (q, k, n, request) => infoNCE(q, k, n, { ...request, decoupled: true }));
testLoss('infoNCE in reference mode', (q, k, n, request) => infoNCE(q, k, n, { ...request, mode: 'reference' }), {
  masks: 'reference',
});

const unit = (row: number[]) => row.map((x) => x / Math.hypot(...row));
const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** The formula, one row and one negative at a time, in float64. */
function slowInfoNCE(
  q: number[][],
  k: number[][],
  n: number[][],
  tau: number,
  keep: number[][],
  mode: string,
): number[] {
  return q.map((query, i) => {
    const positive = Math.exp(dot(query, k[i]!) / tau);
    let denominator = positive;
    n.forEach((negative, j) => {
      if (keep[i]![j] === 1) denominator += Math.exp(dot(query, negative) / tau);
      else if (mode === 'reference') denominator += 1;
    });
    return -Math.log(positive / denominator);
  });
}

function example(seed: number) {
  const rng = createRng(seed);
  const rows = (count: number) =>
    Array.from({ length: count }, () => unit(Array.from({ length: 5 }, () => rng.normal())));
  const keep = Array.from({ length: 4 }, (_, i) =>
    Array.from({ length: 7 }, () => (i > 0 && rng.uniform() < 0.6 ? 1 : 0)),
  );
  return { q: rows(4), k: rows(4), n: rows(7), keep };
}

describe('infoNCE', () => {
  for (const mode of ['paper', 'reference'] as const) {
    for (const temperature of [0.07, 0.2, 1]) {
      it(`computes the formula, ${mode}, temperature ${temperature}`, () => {
        const { q, k, n, keep } = example(3);
        const tensors = [q, k, n, keep].map((values) => tensor2d(values)) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
        const [query, key, negatives, mask] = tensors;
        const rows = infoNCE(query, key, negatives, { temperature, keep: mask, mode, reduction: 'none' });
        expect(rows).toBeAllclose(slowInfoNCE(q, k, n, temperature, keep, mode), 1e-5);
        const all = infoNCE(query, key, negatives, { temperature, reduction: 'none' });
        const ones = keep.map((row) => row.map(() => 1));
        expect(all).toBeAllclose(slowInfoNCE(q, k, n, temperature, ones, mode), 1e-5);
        dispose([...tensors, rows, all]);
      });
    }
  }

  it('has temperature 0.2, paper mode and the mean as defaults', () => {
    const { q, k, n } = example(4);
    const [query, key, negatives] = [q, k, n].map((values) => tensor2d(values)) as [Tensor2D, Tensor2D, Tensor2D];
    const loss = infoNCE(query, key, negatives);
    const rows = slowInfoNCE(
      q,
      k,
      n,
      0.2,
      q.map(() => n.map(() => 1)),
      'paper',
    );
    expect(loss).toBeAllclose(rows.reduce((a, b) => a + b) / rows.length, 1e-5);
    dispose([query, key, negatives, loss]);
  });

  it('stays exact where exp would overflow float32', () => {
    const query = tensor2d([[1, 0]]);
    const key = tensor2d([[0.6, 0.8]]);
    const negatives = tensor2d([[0.8, 0.6]]);
    const loss = infoNCE(query, key, negatives, { temperature: 1e-3 });
    expect(loss).toBeAllclose(200, 1e-5);
    dispose([query, key, negatives, loss]);
  });

  it('is not drowned by a rejected negative that is far more alike than the positive', () => {
    const query = tensor2d([[1, 0]]);
    const key = tensor2d([[-1, 0]]);
    const negatives = tensor2d([
      [1, 0],
      [-1, 0],
    ]);
    const keep = tensor2d([[0, 1]]);
    const loss = infoNCE(query, key, negatives, { temperature: 1e-3, keep });
    expect(loss).toBeAllclose(Math.log(2), 1e-5);
    const dq = grad((x: Tensor) => infoNCE(x as Tensor2D, key, negatives, { temperature: 1e-3, keep }))(query);
    expect(dq).toBeAllclose([0, 0], 1e-5);
    dispose([query, key, negatives, keep, loss, dq]);
  });

  for (const mode of ['paper', 'reference'] as const) {
    it.each([undefined, 3])(`counts negatives by their weights, ${mode}, blockSize %s`, (blockSize) => {
      const { q, k, n, keep } = example(5);
      const weights = keep.map((row, i) => row.map((_, j) => (i === 1 || j % 3 === 0 ? 0 : (i + j) / 4)));
      const tensors = [q, k, n, keep, weights].map((values) => tensor2d(values)) as Tensor2D[];
      const [query, key, negatives, mask, weigh] = tensors as [Tensor2D, Tensor2D, Tensor2D, Tensor2D, Tensor2D];
      const options = { temperature: 0.3, weights: weigh, mode, check: true, ...(blockSize && { blockSize }) };
      const slow = (i: number, masked: boolean, positive = 1) => {
        let denominator = positive * Math.exp(dot(q[i]!, k[i]!) / 0.3);
        n.forEach((negative, j) => {
          const kept = !masked || keep[i]![j] === 1;
          const term = kept ? Math.exp(dot(q[i]!, negative) / 0.3) : mode === 'reference' ? 1 : 0;
          denominator += weights[i]![j]! * term;
        });
        return denominator === 0 ? 0 : Math.log(denominator) - dot(q[i]!, k[i]!) / 0.3;
      };
      const rows = [
        infoNCE(query, key, negatives, { ...options, reduction: 'none' }),
        infoNCE(query, key, negatives, { ...options, keep: mask, reduction: 'none' }),
        infoNCE(query, key, negatives, { ...options, decoupled: true, reduction: 'none' }),
      ];
      expect(rows[0]!).toBeAllclose(
        q.map((_, i) => slow(i, false)),
        1e-5,
      );
      expect(rows[1]!).toBeAllclose(
        q.map((_, i) => slow(i, true)),
        1e-5,
      );
      expect(rows[2]!).toBeAllclose(
        q.map((_, i) => slow(i, false, 0)),
        1e-5,
      );
      dispose([...tensors, ...rows]);
    });
  }

  it('has the gradient of the weighted loss that finite differences give', () => {
    const { q, k, n } = example(6);
    const weights = q.map((_, i) => n.map((__, j) => ((i + 2 * j) % 5) / 2));
    const [query, key, negatives, weigh] = [q, k, n, weights].map((values) => tensor2d(values)) as Tensor2D[];
    const slope = grad((x: Tensor) =>
      infoNCE(x as Tensor2D, key!, negatives!, { weights: weigh!, reduction: 'sum', check: false }),
    )(query!);
    const value = (x: number[], i: number) => {
      const positive = Math.exp(dot(x, k[i]!) / 0.2);
      const others = n.reduce((sum, negative, j) => sum + weights[i]![j]! * Math.exp(dot(x, negative) / 0.2), 0);
      return Math.log(1 + others / positive);
    };
    const expected = q.flatMap((row, i) =>
      row.map((_, d) => {
        const moved = (by: number) =>
          value(
            row.map((x, e) => (e === d ? x + by : x)),
            i,
          );
        return (moved(1e-5) - moved(-1e-5)) / 2e-5;
      }),
    );
    expect(slope).toBeAllclose({ shape: [4, 5], data: expected }, 1e-4);
    dispose([query!, key!, negatives!, weigh!, slope]);
  });

  it('is not moved by a weight of 0, however near the negative, nor by weights where exp would overflow', () => {
    const [query, key] = [tensor2d([[1, 0]]), tensor2d([[-1, 0]])];
    const negatives = tensor2d([
      [1, 0],
      [-1, 0],
    ]);
    const weights = tensor2d([[0, 3]]);
    const loss = infoNCE(query, key, negatives, { temperature: 1e-3, weights });
    expect(loss).toBeAllclose(Math.log(4), 1e-5);
    const none = tensor2d([[0, 0]]);
    const nothing = infoNCE(query, key, negatives, { temperature: 1e-3, weights: none });
    const slope = grad((x: Tensor) => infoNCE(x as Tensor2D, key, negatives, { weights: none }))(query);
    expect(Math.abs(nothing.dataSync()[0]!)).toBe(0);
    expect(Array.from(slope.dataSync(), Math.abs)).toEqual([0, 0]);
    const negative = tensor2d([[1, -1]]);
    expect(() => infoNCE(query, key, negatives, { weights: negative })).toThrow(
      /weights must be a finite number of 0 or above, got -1 at 1/,
    );
    expect(() => infoNCE(query, key, query, { weights: negative })).toThrow('needed weights as float32 [1, 1]');
    dispose([query, key, negatives, weights, loss, none, nothing, slope, negative]);
  });

  it('is exactly 0, with a gradient of exactly 0, without a negative', () => {
    const query = tensor2d([[0.6, 0.8]]);
    const key = tensor2d([[1, 0]]);
    const keep = tensor2d([[0, 0]]);
    const negatives = tensor2d([
      [1, 0],
      [0, 1],
    ]);
    const of = (x: Tensor) => infoNCE(x as Tensor2D, key, negatives, { keep });
    const loss = of(query);
    const dq = grad(of)(query);
    expect(Math.abs(loss.dataSync()[0]!)).toBe(0);
    expect(Array.from(dq.dataSync(), Math.abs)).toEqual([0, 0]);
    dispose([query, key, keep, negatives, loss, dq]);
  });

  it('says which value is wrong, and what it should be', () => {
    const query = tensor2d([
      [1, 0],
      [0, 2],
    ]);
    const fine = tensor2d([
      [1, 0],
      [0, 1],
    ]);
    const mask = tensor2d([
      [1, 0],
      [0.5, 1],
    ]);
    const before = memory().numTensors;
    expect(() => infoNCE(query, fine, fine)).toThrow(
      new RangeError(
        'Cannot compute infoNCE: the length of a row of query must be 1 ± 0.01; L2-normalise the rows, got 2 at 1 (1 of 2). The option check: false skips this test',
      ),
    );
    expect(() => infoNCE(fine, fine, fine, { keep: mask })).toThrow(/keep must be 0 or 1, got 0.5 at 2 \(1 of 4\)/);
    expect(() => infoNCE(fine, fine, fine, { temperature: 0 })).toThrow(/needed a finite temperature above 0, got 0/);
    expect(() => infoNCE(fine, fine, fine, { temperature: Number.NaN })).toThrow(RangeError);
    expect(() => infoNCE(fine, fine, fine, { mode: 'papre' as 'paper' })).toThrow(TypeError);
    expect(() => infoNCE(fine, fine, fine, { reduction: 'max' as 'mean' })).toThrow(TypeError);
    expect(memory().numTensors).toBe(before);
    dispose([query, fine, mask]);
  });

  it('says which shape is wrong', () => {
    const query = tensor2d([[1, 0]]);
    const wide = tensor2d([[1, 0, 0]]);
    const integers = tensor2d([[1, 0]], [1, 2], 'int32');
    const flat = tensor1d([1, 0]);
    expect(() => infoNCE(query, wide, query)).toThrow(
      new RangeError('Cannot compute infoNCE: needed key as float32 [1, 2], got float32 [1, 3]'),
    );
    expect(() => infoNCE(query, query, wide)).toThrow(/needed negatives as float32 \[M, 2\], got float32 \[1, 3\]/);
    expect(() => infoNCE(integers, query, query)).toThrow(TypeError);
    expect(() => infoNCE(flat as never, query, query)).toThrow(TypeError);
    expect(() => infoNCE(query, undefined as never, query)).toThrow(/needed key as float32 \[1, 2\], got undefined/);
    dispose([query, wide, integers, flat]);
  });

  it('computes on without check', () => {
    const query = tensor2d([[3, 0]]);
    const loss = infoNCE(query, query, query, { check: false, temperature: 9 });
    expect(loss).toBeAllclose(Math.log(2), 1e-5);
    dispose([query, loss]);
  });

  it('names the import that is missing when no gradients are registered', () => {
    const registered = getGradient(BatchMatMul)!;
    const query = tensor2d([[1, 0]]);
    unregisterGradient(BatchMatMul);
    const before = memory().numTensors;
    try {
      const loss = (x: Tensor) => infoNCE(x as Tensor2D, query, query);
      expect(() => grad(loss)(query)).toThrow(/import '@tensorflow\/tfjs-layers'/i);
      expect(memory().numTensors).toBe(before);
      const value = loss(query);
      expect(value).toBeAllclose(Math.log(2), 1e-5);
      value.dispose();
    } finally {
      registerGradient(registered);
    }
    query.dispose();
  });
});
