import {
  add,
  mul,
  type Scalar,
  scalar,
  sub,
  type Tensor,
  tidy,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import type { Parameter } from './method.js';
import type { Optimizer } from './optimizer.js';
import { assertGradients, assertOwnNames, restoreBuffers } from './optimizer-checks.js';

/** What becomes of a parameter's gradient before the momentum; runs within a tidy. */
export type Direction = (gradient: Tensor, parameter: Variable, learningRate: Scalar) => Tensor;

/**
 * Descent with momentum in PyTorch's convention, along a direction made from each gradient.
 *
 * d = direction(g);  b ← momentum · b + d (b is 0 before);  p ← p − lr · b, or p − lr · (d + momentum · b) with Nesterov's.
 *
 * @param directions One for each parameter.
 */
export function momentumDescent(
  parameters: readonly Parameter[],
  { momentum, nesterov }: { momentum: number; nesterov: boolean },
  directions: readonly Direction[],
): Optimizer {
  assertOwnNames(parameters);
  const buffers = parameters.map(({ variable: p }) =>
    momentum > 0 ? tidy(() => variable(zeros(p.shape), false)) : null,
  );
  const named = () =>
    Object.fromEntries(parameters.flatMap(({ name }, i) => (buffers[i] ? [[name, buffers[i]] as const] : [])));

  return {
    apply(gradients, learningRate) {
      assertGradients(parameters, gradients);
      tidy(() => {
        const mu = scalar(momentum);
        const rate = typeof learningRate === 'number' ? scalar(learningRate) : learningRate;
        parameters.forEach(({ variable: p }, i) => {
          let d = directions[i]!(gradients[i]!, p, rate);
          const b = buffers[i];
          if (b) {
            b.assign(add(mul(b, mu), d));
            d = nesterov ? add(d, mul(b, mu)) : b;
          }
          p.assign(sub(p, mul(d, rate)));
        });
      });
    },
    state: named,
    restore: (state) => restoreBuffers(named(), state, (name) => `the momentum of ${name}`),
    dispose() {
      for (const buffer of buffers) buffer?.dispose();
    },
  };
}
