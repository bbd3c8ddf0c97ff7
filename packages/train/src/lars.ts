import {
  add,
  div,
  greater,
  logicalAnd,
  minimum,
  mul,
  scalar,
  sqrt,
  square,
  sum,
  type Tensor,
  where,
} from '@tensorflow/tfjs-core';
import { type Direction, momentumDescent } from './momentum-descent.js';
import { normAndBias, type ParameterRule } from './norm-and-bias.js';
import type { OptimizerFactory } from './optimizer.js';
import { assertRates } from './optimizer-checks.js';

/** How {@link lars} updates. */
export interface LarsOptions {
  /** Base learning rate. SimCLR: 0.3 for a batch of 256. */
  learningRate: number;
  /** Default 0.9, as in SimCLR. */
  momentum?: number;
  /** L2 penalty, scaled with the gradient. Default 1e-6, as in SimCLR. */
  weightDecay?: number;
  /** η of the trust ratio. Default 0.001, as in the paper of LARS; solo-learn's SimCLR: 0.02. */
  trustCoefficient?: number;
  /** Parameters without weight decay and without a trust ratio. Default {@link normAndBias}, as in SimCLR and BYOL. */
  exclude?: ParameterRule;
  /**
   * What the trust ratio divides by. `'parts'` (default): ‖g‖ + weightDecay · ‖p‖, as in the paper, solo-learn, lightly and CGH;
   * `'sum'`: ‖g + weightDecay · p‖, as in HCSC and Barlow Twins.
   */
  norm?: 'parts' | 'sum';
  /** Clip the trust ratio so that a parameter's rate never exceeds the learning rate, as apex does. Default false. */
  clip?: boolean;
  nesterov?: boolean;
  /** Added to the divisor of `'parts'`. Default 1e-8. */
  epsilon?: number;
}

const norm = (x: Tensor) => sqrt(sum(square(x)));

/**
 * Layer-wise adaptive rate scaling: each tensor's gradient is scaled by the ratio of its norm to the gradient's.
 *
 * g ← q · (g + weightDecay · p) with q = trustCoefficient · ‖p‖ / (‖g‖ + weightDecay · ‖p‖), then momentum as in `sgd`
 * (You et al. 2017, arXiv 1708.03888, equation 6). Where ‖p‖ or ‖g‖ is 0, g stays as it is, as in the official codes.
 * With `clip`, q becomes min(q / lr, 1).
 *
 * @throws RangeError if a rate is negative or not finite.
 *
 * @example
 * ```ts
 * const optimizer = lars({ learningRate: 0.3, trustCoefficient: 0.02, weightDecay: 1e-4 }).create(parameters);
 * optimizer.apply(gradients, 0.3);
 * ```
 */
export function lars({
  learningRate,
  momentum = 0.9,
  weightDecay = 1e-6,
  trustCoefficient = 0.001,
  exclude = normAndBias,
  norm: divisor = 'parts',
  clip = false,
  nesterov = false,
  epsilon = 1e-8,
}: LarsOptions): OptimizerFactory {
  assertRates({ learningRate, momentum, weightDecay, trustCoefficient, epsilon });
  if (divisor !== 'parts' && divisor !== 'sum') {
    throw new RangeError(`Cannot divide by the norm of '${divisor}': give 'parts' or 'sum'`);
  }
  const scaled: Direction = (gradient, p, rate) => {
    const decayed = weightDecay > 0 ? add(gradient, mul(p, weightDecay)) : gradient;
    const pNorm = norm(p);
    const gNorm = norm(divisor === 'sum' ? decayed : gradient);
    const whole = divisor === 'sum' ? gNorm : add(gNorm, add(mul(pNorm, weightDecay), epsilon));
    const q = div(mul(pNorm, trustCoefficient), whole);
    const clipped = clip ? minimum(div(q, rate), 1) : q;
    const known = logicalAnd(greater(pNorm, 0), greater(gNorm, 0));
    // As two scalars, so that the choice costs nothing per element: where a norm is 0, the gradient alone.
    const ofGradient = where(known, clipped, scalar(1));
    const ofDecay = where(known, mul(clipped, weightDecay), scalar(0));
    return add(mul(gradient, ofGradient), mul(p, ofDecay));
  };
  const plain: Direction = (g) => g;
  return {
    name: 'lars',
    learningRate,
    options: {
      ...{ momentum, weightDecay, trustCoefficient, nesterov, norm: divisor, clip, epsilon },
      exclude: exclude.name,
    },
    create: (parameters) =>
      momentumDescent(
        parameters,
        { momentum, nesterov },
        parameters.map(({ name, variable }) => (exclude(name, variable.shape) ? plain : scaled)),
      ),
  };
}
