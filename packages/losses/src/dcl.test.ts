import { createRng } from '@hcsc/random';
import { testLoss } from '@hcsc/testing';
import { dispose, grad, grads, memory, type Tensor, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { asInstanceLoss } from './as-instance-loss.fixture.js';
import { dcl } from './dcl.js';

testLoss('dcl', asInstanceLoss(dcl));

const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** 2 − exp(u·v/σ) / mean exp(u·v/σ) of every image. */
function slowWeights(u: number[][], sigma: number): number[] {
  const n = u.length / 2;
  const terms = u.slice(0, n).map((row, i) => Math.exp(dot(row, u[i + n]!) / sigma));
  return terms.map((term) => 2 - term / mean(terms));
}

/** The formula, one row and one pair at a time, in float64. */
function slowDCL(u: number[][], tau: number, weights?: number[], keep?: number[][], mode = 'paper'): number[] {
  const n = u.length / 2;
  return u.map((row, i) => {
    const partner = (i + n) % (2 * n);
    let denominator = 0;
    u.forEach((other, a) => {
      if (a === i || a === partner) return;
      if (!keep || keep[i]![a] === 1) denominator += Math.exp(dot(row, other) / tau);
      else if (mode === 'reference') denominator += 1;
    });
    if (denominator === 0) return 0;
    return Math.log(denominator) - ((weights?.[i % n] ?? 1) * dot(row, u[partner]!)) / tau;
  });
}

function example(seed: number, n = 4) {
  const rng = createRng(seed);
  const u = Array.from({ length: 2 * n }, () => {
    const row = Array.from({ length: 5 }, () => rng.normal());
    return row.map((x) => x / Math.hypot(...row));
  });
  return { u, keep: u.map((_, i) => u.map(() => (i > 0 && rng.uniform() < 0.5 ? 1 : 0))) };
}

const views = (u: number[][]) =>
  [u.slice(0, u.length / 2), u.slice(u.length / 2)].map((rows) => tensor2d(rows)) as [Tensor2D, Tensor2D];

describe('dcl', () => {
  it.each([undefined, 3])('computes the formula, blockSize %s', (blockSize) => {
    const { u, keep } = example(3);
    const [first, second] = views(u);
    const mask = tensor2d(keep);
    const options = { reduction: 'none' as const, temperature: 0.3, ...(blockSize && { blockSize }) };
    const rows = [
      dcl(first, second, options),
      dcl(first, second, { ...options, sigma: 0.5 }),
      dcl(first, second, { ...options, keep: mask, sigma: 0.2 }),
      dcl(first, second, { ...options, keep: mask, mode: 'reference' }),
    ];
    expect(rows[0]!).toBeAllclose(slowDCL(u, 0.3), 1e-5);
    expect(rows[1]!).toBeAllclose(slowDCL(u, 0.3, slowWeights(u, 0.5)), 1e-5);
    expect(rows[2]!).toBeAllclose(slowDCL(u, 0.3, slowWeights(u, 0.2), keep), 1e-5);
    expect(rows[3]!).toBeAllclose(slowDCL(u, 0.3, undefined, keep, 'reference'), 1e-5);
    dispose([first, second, mask, ...rows]);
  });

  it('has the gradient that finite differences give, with weights that are constants', () => {
    const { u, keep } = example(4);
    const [first, second] = views(u);
    const mask = tensor2d(keep);
    const options = { temperature: 0.5, sigma: 0.5, keep: mask, check: false };
    const slopes = grads((a, b) => dcl(a as Tensor2D, b as Tensor2D, options))([first, second]);
    const found = slopes.flatMap((slope) => Array.from(slope.dataSync()));
    const weights = slowWeights(u, 0.5);
    const step = 1e-5;
    const moved = (row: number, column: number, by: number) => {
      const shifted = u.map((x, i) => x.map((value, j) => (i === row && j === column ? value + by : value)));
      return mean(slowDCL(shifted, 0.5, weights, keep).map((value, i) => (i === 0 ? 0 : value)));
    };
    const expected = u.flatMap((x, i) => x.map((_, j) => (moved(i, j, step) - moved(i, j, -step)) / (2 * step)));
    const scale = Math.max(...expected.map(Math.abs));
    found.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-4 * scale);
    });
    dispose([first, second, mask, ...slopes]);
  });

  it('has temperature 0.1 and no weights as defaults, and can be negative', () => {
    const { u } = example(5);
    const [first, second] = views(u);
    const loss = dcl(first, second);
    expect(loss).toBeAllclose(mean(slowDCL(u, 0.1)), 1e-5);
    const alike = dcl(first, first);
    expect(alike.dataSync()[0]).toBeLessThan(0);
    dispose([first, second, loss, alike]);
  });

  it('is 0, with gradient 0, for a single image', () => {
    const [one, other] = views(example(6).u.slice(0, 2));
    for (const options of [{}, { sigma: 0.5 }, { blockSize: 1 }]) {
      const results = [dcl(one, other, options), grad((x: Tensor) => dcl(x as Tensor2D, other, options))(one)];
      for (const result of results) expect(Array.from(result.dataSync(), Math.abs).every((x) => x === 0)).toBe(true);
      dispose(results);
    }
    dispose([one, other]);
  });

  it('refuses a width that is none, and leaves nothing behind', () => {
    const [first, second] = views(example(7).u);
    const before = memory().numTensors;
    expect(() => dcl(first, second, { sigma: 0 })).toThrow('Cannot compute dcl: needed a finite sigma above 0, got 0');
    expect(() => dcl(first, second, { keep: first })).toThrow(RangeError);
    expect(memory().numTensors).toBe(before);
    dispose([first, second]);
  });
});
