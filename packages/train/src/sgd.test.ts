import { replayed } from '@hcsc/testing';
import { memory, type Scalar, scalar, type Tensor, tensor1d, tidy, variable } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { sgd } from './sgd.js';

/** PyTorch's rule, one number at a time. */
function slow(
  p: number[],
  grads: number[][],
  { lr, mu, wd, nesterov }: Record<'lr' | 'mu' | 'wd', number> & { nesterov: boolean },
) {
  let b: number[] | null = null;
  let now = [...p];
  for (const grad of grads) {
    const g = grad.map((x, i) => x + wd * now[i]!);
    b = b ? b.map((x, i) => mu * x + g[i]!) : g;
    now = now.map((x, i) => x - lr * (nesterov ? g[i]! + mu * b![i]! : b![i]!));
  }
  return now;
}

const start = [1, -2, 0.5];
const grads = [
  [0.1, 0.2, -0.3],
  [-0.4, 0.1, 0.2],
  [0.05, 0, 1],
];

test.each([false, true])('three steps as PyTorch does them, nesterov %s', (nesterov) => {
  const p = tidy(() => variable(tensor1d(start)));
  const optimizer = sgd({ learningRate: 1, momentum: 0.9, weightDecay: 0.01, nesterov }).create([
    { name: 'p', variable: p },
  ]);
  for (const grad of grads) tidy(() => optimizer.apply([tensor1d(grad)], 0.1));
  expect(p).toBeAllclose(slow(start, grads, { lr: 0.1, mu: 0.9, wd: 0.01, nesterov }), 1e-6);
  optimizer.dispose();
  p.dispose();
});

test('excluded parameters have no weight decay', () => {
  const [a, b] = tidy(() => [variable(tensor1d(start)), variable(tensor1d(start))]);
  const optimizer = sgd({ learningRate: 1, weightDecay: 0.5, exclude: (name) => name.endsWith('.bias') }).create([
    { name: 'a.weight', variable: a },
    { name: 'a.bias', variable: b },
  ]);
  const zero = [0, 0, 0];
  tidy(() => optimizer.apply([tensor1d(zero), tensor1d(zero)], 0.1));
  expect(a).toBeAllclose(start.map((x) => x * 0.95));
  expect(b).toBeAllclose(start, 0);
  optimizer.dispose();
  a.dispose();
  b.dispose();
});

test('goes on from its state as if it had not stopped, and frees everything', () => {
  const before = memory().numTensors;
  const run = (stopAfter: number | null) => {
    const p = tidy(() => variable(tensor1d(start)));
    let optimizer = sgd({ learningRate: 1, momentum: 0.9, weightDecay: 0 }).create([{ name: 'p', variable: p }]);
    grads.forEach((grad, i) => {
      if (i === stopAfter) {
        const next = sgd({ learningRate: 1, momentum: 0.9, weightDecay: 0 }).create([{ name: 'p', variable: p }]);
        next.restore(optimizer.state());
        optimizer.dispose();
        optimizer = next;
      }
      tidy(() => optimizer.apply([tensor1d(grad)], 0.1));
    });
    const values = Array.from(p.dataSync());
    optimizer.dispose();
    p.dispose();
    return values;
  };
  expect(run(1)).toEqual(run(null));
  expect(memory().numTensors).toBe(before);
});

test('bad options and gradients are refused, and nothing is left behind', () => {
  expect(() => sgd({ learningRate: -1 })).toThrow(/learningRate -1/);
  expect(() => sgd({ learningRate: 1, momentum: Number.NaN })).toThrow(/momentum NaN/);
  const p = tidy(() => variable(tensor1d(start)));
  const parameters = [{ name: 'p', variable: p }];
  const wrong = tensor1d([1, 2]);
  const outside = memory().numTensors;
  expect(() => sgd({ learningRate: 1 }).create([...parameters, ...parameters])).toThrow(/two parameters named p/);
  expect(memory().numTensors).toBe(outside);
  const optimizer = sgd({ learningRate: 1 }).create(parameters);
  const before = memory().numTensors;
  expect(() => optimizer.apply([], 0.1)).toThrow(/0 gradients to 1 parameters/);
  expect(() => optimizer.apply([wrong], 0.1)).toThrow(/gradient of shape \[2\] to p of shape \[3\]/);
  expect(() => optimizer.restore({})).toThrow(/momentum of p: needed shape \[3\], found nothing/);
  expect(() => optimizer.restore({ p: wrong })).toThrow(/needed shape \[3\], found \[2\]/);
  expect(memory().numTensors).toBe(before);
  expect([...p.dataSync(), ...optimizer.state().p!.dataSync()]).toEqual([...start, 0, 0, 0]);
  optimizer.dispose();
  expect(memory().numTensors).toBe(outside);
  wrong.dispose();
  p.dispose();
});

test('compiled, with the rate as a scalar, it descends as it does otherwise', () => {
  const [plain, traced] = tidy(() => [variable(tensor1d(start)), variable(tensor1d(start))]);
  const options = { learningRate: 1, momentum: 0.9, weightDecay: 0.01 };
  const [one, two] = [plain, traced].map((p) => sgd(options).create([{ name: 'p', variable: p }]));
  const step = replayed((gradient: Tensor, rate: Scalar) => {
    two!.apply([gradient], rate);
    return [];
  });
  for (const [i, grad] of grads.entries()) {
    tidy(() => {
      one!.apply([tensor1d(grad)], 0.1 * (i + 1));
      step(tensor1d(grad), scalar(0.1 * (i + 1)));
    });
  }
  expect([...traced.dataSync()]).toEqual([...plain.dataSync()]);
  for (const each of [one!, two!, plain, traced]) each.dispose();
});

test('without momentum there is no state', () => {
  const p = tidy(() => variable(tensor1d(start)));
  const before = memory().numTensors;
  const optimizer = sgd({ learningRate: 1, momentum: 0, weightDecay: 0 }).create([{ name: 'p', variable: p }]);
  tidy(() => optimizer.apply([tensor1d(grads[0]!)], 0.5));
  expect(p).toBeAllclose(start.map((x, i) => x - 0.5 * grads[0]![i]!));
  expect(optimizer.state()).toEqual({});
  optimizer.restore({});
  expect(memory().numTensors).toBe(before);
  optimizer.dispose();
  p.dispose();
});
