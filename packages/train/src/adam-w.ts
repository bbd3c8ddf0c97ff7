import {
  add,
  div,
  expm1,
  mul,
  neg,
  scalar,
  sqrt,
  square,
  sub,
  tidy,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import type { Parameter } from './method.js';
import type { ParameterRule } from './norm-and-bias.js';
import type { Optimizer, OptimizerFactory } from './optimizer.js';
import { assertGradients, assertOwnNames, assertRates, restoreBuffers } from './optimizer-checks.js';

/** How {@link adamW} updates. */
export interface AdamWOptions {
  /** Base learning rate. PyTorch: 0.001. */
  learningRate: number;
  /** Decay of the moving averages of the gradient and of its square. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the root of the squares. Default 1e-8. */
  epsilon?: number;
  /** Shrinks parameters apart from the gradient. Default 0.01, as in PyTorch. */
  weightDecay?: number;
  /** Parameters without weight decay. Default none, as in PyTorch; `normAndBias` is usual. */
  exclude?: ParameterRule;
}

/**
 * Adam with decoupled weight decay, in PyTorch's convention (Loshchilov and Hutter, arXiv 1711.05101).
 *
 * p ← (1 − lr · weightDecay) · p;  m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²;
 * p ← p − lr · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + epsilon) at the t-th update.
 *
 * Its state has PyTorch's names: `step`, and `exp_avg/…` and `exp_avg_sq/…` for each parameter.
 *
 * @throws RangeError if a rate is negative or not finite, or a beta is not in [0, 1).
 *
 * @example
 * ```ts
 * const optimizer = adamW({ learningRate: 0.001, exclude: normAndBias }).create(parameters);
 * optimizer.apply(gradients, 0.001);
 * ```
 */
export function adamW({
  learningRate,
  betas = [0.9, 0.999],
  epsilon = 1e-8,
  weightDecay = 0.01,
  exclude,
}: AdamWOptions): OptimizerFactory {
  const [beta1, beta2] = betas;
  assertRates({ learningRate, epsilon, weightDecay });
  for (const beta of [beta1, beta2]) {
    if (!(beta >= 0 && beta < 1)) {
      throw new RangeError(`Cannot average with beta ${beta}: give numbers of at least 0 and below 1`);
    }
  }
  return {
    name: 'adamW',
    learningRate,
    options: { beta1, beta2, epsilon, weightDecay, ...(exclude && { exclude: exclude.name }) },
    create: (parameters) =>
      createAdamW(
        parameters,
        { beta1, beta2, epsilon },
        parameters.map(({ name, variable: p }) => (exclude?.(name, p.shape) ? 0 : weightDecay)),
      ),
  };
}

function createAdamW(
  parameters: readonly Parameter[],
  { beta1, beta2, epsilon }: { beta1: number; beta2: number; epsilon: number },
  decays: readonly number[],
): Optimizer {
  assertOwnNames(parameters);
  const buffer = (shape: number[]): Variable => tidy(() => variable(zeros(shape), false));
  // float32, which counts to 16 million: both corrections have long been 1 then.
  const step = buffer([]);
  const means = parameters.map(({ variable: p }) => buffer(p.shape));
  const squares = parameters.map(({ variable: p }) => buffer(p.shape));
  const named = (): Record<string, Variable> => ({
    step,
    ...Object.fromEntries(parameters.map(({ name }, i) => [`exp_avg/${name}`, means[i]!])),
    ...Object.fromEntries(parameters.map(({ name }, i) => [`exp_avg_sq/${name}`, squares[i]!])),
  });
  /** 1 − βᵗ, without the loss of digits that the difference has while βᵗ is near 1. */
  const correction = (beta: number) => neg(expm1(mul(step, Math.log(beta))));

  return {
    apply(gradients, learningRate) {
      assertGradients(parameters, gradients);
      tidy(() => {
        step.assign(add(step, 1));
        const rate = typeof learningRate === 'number' ? scalar(learningRate) : learningRate;
        const stepSize = div(rate, correction(beta1));
        const root = sqrt(correction(beta2));
        parameters.forEach(({ variable: p }, i) => {
          const [g, m, v, decay] = [gradients[i]!, means[i]!, squares[i]!, decays[i]!];
          m.assign(add(mul(m, beta1), mul(g, 1 - beta1)));
          v.assign(add(mul(v, beta2), mul(square(g), 1 - beta2)));
          const shrunk = decay > 0 ? mul(p, sub(1, mul(rate, decay))) : p;
          p.assign(sub(shrunk, mul(div(m, add(div(sqrt(v), root), epsilon)), stepSize)));
        });
      });
    },
    state: named,
    restore: (state) => restoreBuffers(named(), state, (name) => `AdamW's ${name}`),
    dispose() {
      for (const each of [step, ...means, ...squares]) each.dispose();
    },
  };
}
