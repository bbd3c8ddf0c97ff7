import { scalar, tensor1d, tensor2d, tidy, variable } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { type AdamWOptions, adamW } from './adam-w.js';
import { normAndBias } from './norm-and-bias.js';

const start = [1, -2, 0.5];
const grads = [
  [0.1, 0.2, -0.3],
  [-0.4, 0.1, 0.2],
  [0.05, 0, 1],
];

/** The rule, one number at a time, in float64. */
function slow(from: number[], given: number[][], rates: number[], options: Required<AdamWOptions>) {
  const {
    betas: [beta1, beta2],
    epsilon,
    weightDecay,
  } = options;
  return from.map((first, i) => {
    let [p, m, v] = [first, 0, 0];
    given.forEach((gradient, step) => {
      const [g, lr] = [gradient[i]!, rates[step]!];
      p *= 1 - lr * weightDecay;
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      const [mean, square] = [m / (1 - beta1 ** (step + 1)), v / (1 - beta2 ** (step + 1))];
      p -= (lr * mean) / (Math.sqrt(square) + epsilon);
    });
    return p;
  });
}

const base: Required<AdamWOptions> = {
  ...{ learningRate: 1, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.1, exclude: () => false },
};

function run(from: number[], given: number[][], rates: number[], options: AdamWOptions) {
  const p = tidy(() => variable(tensor1d(from)));
  const optimizer = adamW(options).create([{ name: 'p', variable: p }]);
  given.forEach((gradient, i) => {
    tidy(() => optimizer.apply([tensor1d(gradient)], i % 2 ? scalar(rates[i]!) : rates[i]!));
  });
  const values = Array.from(p.dataSync());
  optimizer.dispose();
  p.dispose();
  return values;
}

test('three steps with the numbers of torch.optim.AdamW, the bias without decay', () => {
  const weights = [
    [0.9890000224113464, -2.008000135421753, 0.5095000267028809],
    [0.9936060905456543, -2.0153138637542725, 0.5104357600212097],
    [0.9961365461349487, -2.0205042362213135, 0.5042939186096191],
  ];
  const biases = [0.2900000214576721, 0.28733664751052856, 0.28075551986694336];
  const [weight, bias] = tidy(() => [variable(tensor2d(start, [1, 3])), variable(tensor1d([0.3]))]);
  const optimizer = adamW({ learningRate: 0.01, weightDecay: 0.1, exclude: normAndBias }).create([
    { name: 'fc.weight', variable: weight },
    { name: 'fc.bias', variable: bias },
  ]);
  [0.2, -0.1, 0.4].forEach((gradient, i) => {
    tidy(() => optimizer.apply([tensor2d(grads[i]!, [1, 3]), tensor1d([gradient])], 0.01));
    expect(weight).toBeAllclose(weights[i]!, 1e-6);
    expect(bias).toBeAllclose([biases[i]!], 1e-6);
  });
  for (const each of [optimizer, weight, bias]) each.dispose();
});

test.each<[string, Partial<AdamWOptions>]>([
  ['usual', {}],
  ['slow averages', { betas: [0.99, 0.99999] }],
  ['no averages', { betas: [0, 0], epsilon: 0.1 }],
  ['a large epsilon, no decay', { epsilon: 0.5, weightDecay: 0 }],
])('three steps and the rates of a schedule, %s', (_, changed) => {
  const options = { ...base, ...changed };
  const rates = [0.01, 0.03, 0];
  expect(run(start, grads, rates, options)).toBeAllclose(slow(start, grads, rates, options), 2e-6);
});

test('after three hundred steps the corrections still agree', () => {
  const many = Array.from({ length: 300 }, (_, step) => start.map((_, i) => Math.sin(step * (i + 1)) + 0.3));
  const rates = many.map(() => 0.01);
  expect(run(start, many, rates, base)).toBeAllclose(slow(start, many, rates, base), 1e-4);
});

test('bad options are refused', () => {
  expect(() => adamW({ learningRate: Number.POSITIVE_INFINITY })).toThrow(/learningRate Infinity/);
  expect(() => adamW({ learningRate: 1, betas: [0.9, 1] })).toThrow(/average with beta 1: give numbers/);
  expect(() => adamW({ learningRate: 1, betas: [-0.1, 0.9] })).toThrow(/beta -0.1/);
});
