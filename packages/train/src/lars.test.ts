import { scalar, tensor, tensor1d, tidy, variable } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { type LarsOptions, lars } from './lars.js';

const norm = (x: readonly number[]) => Math.sqrt(x.reduce((total, value) => total + value * value, 0));

/** The rule, one number at a time, in float64. */
function slow(start: number[], grads: number[][], lr: number, options: Required<LarsOptions>) {
  const { momentum, weightDecay, trustCoefficient, norm: divisor, clip, nesterov, epsilon } = options;
  let p = [...start];
  let b = p.map(() => 0);
  for (const g of grads) {
    const decayed = g.map((x, i) => x + weightDecay * p[i]!);
    const whole = divisor === 'sum' ? norm(decayed) : norm(g) + weightDecay * norm(p) + epsilon;
    let q = (trustCoefficient * norm(p)) / whole;
    if (clip) q = Math.min(q / lr, 1);
    const known = norm(p) > 0 && norm(divisor === 'sum' ? decayed : g) > 0;
    const d = known ? decayed.map((x) => q * x) : g;
    b = b.map((x, i) => momentum * x + d[i]!);
    p = p.map((x, i) => x - lr * (nesterov ? d[i]! + momentum * b[i]! : b[i]!));
  }
  return p;
}

const start = [1, -2, 0.5, 0.25];
const grads = [
  [0.1, 0.2, -0.3, 0],
  [-0.4, 0.1, 0.2, 0.3],
  [0.05, 0, 1, -1],
];
const base: Required<LarsOptions> = {
  ...{ learningRate: 1, momentum: 0.9, weightDecay: 0.05, trustCoefficient: 0.02, exclude: () => false },
  ...{ norm: 'parts', clip: false, nesterov: false, epsilon: 1e-8 },
};

function run(from: number[], given: number[][], lr: number, options: LarsOptions) {
  const p = tidy(() => variable(tensor(from, [2, 2])));
  const optimizer = lars(options).create([{ name: 'p', variable: p }]);
  for (const grad of given) tidy(() => optimizer.apply([tensor(grad, [2, 2])], lr));
  const values = Array.from(p.dataSync());
  optimizer.dispose();
  p.dispose();
  return values;
}

test.each<[string, Partial<LarsOptions>]>([
  ['parts', {}],
  ['sum', { norm: 'sum' }],
  ['clipped', { clip: true, trustCoefficient: 0.2 }],
  ['clipped, of the sum', { clip: true, norm: 'sum', trustCoefficient: 0.1 }],
  ['Nesterov', { nesterov: true }],
  ['without momentum', { momentum: 0 }],
  ['without decay', { weightDecay: 0 }],
  ['a large epsilon', { epsilon: 0.3 }],
])('three steps, %s', (_, changed) => {
  const options = { ...base, ...changed };
  expect(run(start, grads, 0.3, options)).toBeAllclose(slow(start, grads, 0.3, options), 1e-6);
});

test('zero parameters and zero gradients stay numbers', () => {
  const zero = [0, 0, 0, 0];
  for (const norm of ['parts', 'sum'] as const) {
    const options = { ...base, norm };
    // Zero parameters take the plain gradient, zero gradients do nothing but decay.
    expect(run(zero, [grads[0]!], 0.5, options)).toBeAllclose(grads[0]!.map((x) => -0.5 * x));
    expect(run(start, [zero], 0.5, options)).toBeAllclose(slow(start, [zero], 0.5, options), 1e-6);
    expect(run(zero, [zero], 0.5, options)).toEqual(zero);
  }
  expect(run(start, [zero], 0.5, base)).toEqual(start);
});

test('a rate of 0 leaves parameters alone, also clipped', () => {
  expect(run(start, grads, 0, { ...base, clip: true })).toEqual(start);
});

test('norm and bias are left out by default: no ratio, no decay', () => {
  const p = tidy(() => variable(tensor1d(start)));
  const optimizer = lars({ learningRate: 1, weightDecay: 0.5 }).create([{ name: 'bn1.weight', variable: p }]);
  tidy(() => optimizer.apply([tensor1d(grads[0]!)], scalar(0.1)));
  expect(p).toBeAllclose(start.map((x, i) => x - 0.1 * grads[0]![i]!));
  optimizer.dispose();
  p.dispose();
});

test('bad options are refused', () => {
  expect(() => lars({ learningRate: -1 })).toThrow(/learningRate -1/);
  expect(() => lars({ learningRate: 1, trustCoefficient: Number.NaN })).toThrow(/trustCoefficient NaN/);
  expect(() => lars({ learningRate: 1, norm: 'whole' as never })).toThrow(/norm of 'whole': give 'parts' or 'sum'/);
});
