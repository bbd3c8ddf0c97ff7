import { memory, tensor1d, tidy, variable } from '@tensorflow/tfjs-core';
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
  const optimizer = sgd({ learningRate: 1, momentum: 0.9, weightDecay: 0.01, nesterov }).create();
  for (const grad of grads) tidy(() => optimizer.apply([{ name: 'p', variable: p }], [tensor1d(grad)], 0.1));
  expect(p).toBeAllclose(slow(start, grads, { lr: 0.1, mu: 0.9, wd: 0.01, nesterov }), 1e-6);
  optimizer.dispose();
  p.dispose();
});

test('excluded parameters have no weight decay', () => {
  const [a, b] = tidy(() => [variable(tensor1d(start)), variable(tensor1d(start))]);
  const optimizer = sgd({ learningRate: 1, weightDecay: 0.5, exclude: (name) => name.endsWith('.bias') }).create();
  const zero = [0, 0, 0];
  tidy(() =>
    optimizer.apply(
      [
        { name: 'a.weight', variable: a },
        { name: 'a.bias', variable: b },
      ],
      [tensor1d(zero), tensor1d(zero)],
      0.1,
    ),
  );
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
    let optimizer = sgd({ learningRate: 1, momentum: 0.9, weightDecay: 0 }).create();
    grads.forEach((grad, i) => {
      if (i === stopAfter) {
        const next = sgd({ learningRate: 1, momentum: 0.9, weightDecay: 0 }).create();
        next.restore(optimizer.state());
        optimizer.dispose();
        optimizer = next;
      }
      tidy(() => optimizer.apply([{ name: 'p', variable: p }], [tensor1d(grad)], 0.1));
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
  const optimizer = sgd({ learningRate: 1 }).create();
  const wrong = tensor1d([1, 2]);
  const before = memory().numTensors;
  expect(() => optimizer.apply([{ name: 'p', variable: p }], [], 0.1)).toThrow(/0 gradients to 1 parameters/);
  expect(() => optimizer.apply([{ name: 'p', variable: p }], [wrong], 0.1)).toThrow(
    /gradient of shape \[2\] to p of shape \[3\]/,
  );
  optimizer.dispose();
  expect(memory().numTensors).toBe(before);
  wrong.dispose();
  p.dispose();
});
