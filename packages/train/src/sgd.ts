import { add, mul } from '@tensorflow/tfjs-core';
import { type Direction, momentumDescent } from './momentum-descent.js';
import type { ParameterRule } from './norm-and-bias.js';
import type { OptimizerFactory } from './optimizer.js';
import { assertRates } from './optimizer-checks.js';

/** How {@link sgd} updates. */
export interface SgdOptions {
  /** Base learning rate. HCSC: 0.03 for a batch of 256. */
  learningRate: number;
  /** Default 0.9, as in the papers. */
  momentum?: number;
  /** L2 penalty added to the gradient, as PyTorch does. Default 1e-4, as in the papers. */
  weightDecay?: number;
  nesterov?: boolean;
  /** Parameters without weight decay. Default none, as in HCSC and MoCo; CGH: `normAndBias`. */
  exclude?: ParameterRule;
}

/**
 * Stochastic gradient descent in PyTorch's convention.
 *
 * g ← g + weightDecay · p;  b ← momentum · b + g (b is 0 before, so that the first b is g);  p ← p − lr · b, or
 * p − lr · (g + momentum · b) with Nesterov's momentum.
 *
 * @throws RangeError if a rate is negative or not finite.
 *
 * @example
 * ```ts
 * const optimizer = sgd({ learningRate: 0.03, exclude: normAndBias }).create(parameters);
 * optimizer.apply(gradients, 0.03);
 * ```
 */
export function sgd({
  learningRate,
  momentum = 0.9,
  weightDecay = 1e-4,
  nesterov = false,
  exclude,
}: SgdOptions): OptimizerFactory {
  assertRates({ learningRate, momentum, weightDecay });
  const decayed: Direction = (g, p) => add(g, mul(p, weightDecay));
  const plain: Direction = (g) => g;
  return {
    name: 'sgd',
    learningRate,
    options: { momentum, weightDecay, nesterov, ...(exclude && { exclude: exclude.name }) },
    create: (parameters) =>
      momentumDescent(
        parameters,
        { momentum, nesterov },
        parameters.map(({ name, variable }) => (weightDecay > 0 && !exclude?.(name, variable.shape) ? decayed : plain)),
      ),
  };
}
