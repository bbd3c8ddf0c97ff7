import { add, addN, div, minimum, mul, sqrt, square, sum, tidy } from '@tensorflow/tfjs-core';
import type { OptimizerFactory } from './optimizer.js';

/** How much {@link clipGradients} lets through. */
export interface ClipGradientsOptions {
  /** Largest norm of all gradients together. */
  norm: number;
}

/**
 * Any optimiser, with gradients scaled down to a largest global norm first.
 *
 * g ← g · min(1, norm / (√Σ‖gᵢ‖² + 1e-6)) over all gradients, as PyTorch's `clip_grad_norm_`. Name, rate and state are those
 * of the optimiser within.
 *
 * @throws RangeError if `norm` is not a finite number above 0.
 *
 * @example
 * ```ts
 * const optimizer = clipGradients(adamW({ learningRate: 0.001 }), { norm: 1 }).create(parameters);
 * ```
 */
export function clipGradients(optimizer: OptimizerFactory, { norm }: ClipGradientsOptions): OptimizerFactory {
  if (!(norm > 0 && norm < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`Cannot clip gradients to a norm of ${norm}: give a finite number above 0`);
  }
  return {
    name: optimizer.name,
    learningRate: optimizer.learningRate,
    options: { ...optimizer.options, clipNorm: norm },
    create(parameters) {
      const within = optimizer.create(parameters);
      return {
        apply(gradients, learningRate) {
          if (gradients.length === 0) return within.apply(gradients, learningRate);
          tidy(() => {
            const total = sqrt(addN(gradients.map((g) => sum(square(g)))));
            const factor = minimum(div(norm, add(total, 1e-6)), 1);
            within.apply(
              gradients.map((g) => mul(g, factor)),
              learningRate,
            );
          });
        },
        state: () => within.state(),
        restore: (state) => within.restore(state),
        dispose: () => within.dispose(),
      };
    },
  };
}
