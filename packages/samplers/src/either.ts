import { maximum, mul, sub, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { NegativeSampler } from './negative-sampler.js';
import { refuseWeights } from './refuse-weights.js';

/**
 * Keeps what at least one of two samplers keeps.
 *
 * The two draw one after the other from the request's `rng`, independently of each other, also if they are the same
 * sampler: p = 1 − (1 − p₁)(1 − p₂). Deterministic samplers combine exactly.
 *
 * @throws TypeError for a sampler that has weights, which cannot be combined so. The sampler throws what its members throw.
 *
 * @example
 * ```ts
 * // The 64 hardest, and a tenth of the others.
 * const sampler = either(hardestNegatives({ k: 64 }), uniformNegatives({ keep: 0.1 }));
 * ```
 */
export function either(first: NegativeSampler, second: NegativeSampler): NegativeSampler {
  for (const sampler of [first, second]) refuseWeights('either', sampler);
  const combined = (
    ask: (sampler: NegativeSampler) => Tensor2D[],
    union: (one: Tensor2D, two: Tensor2D) => Tensor2D,
  ): Tensor2D[] =>
    tidy(() => {
      const [one, two] = [ask(first), ask(second)];
      return one.map((matrix, l) => union(matrix, two[l]!));
    });
  return {
    name: `either(${first.name}, ${second.name})`,
    probabilities: (request) =>
      combined(
        (sampler) => sampler.probabilities(request),
        (one, two) => sub(1, mul(sub(1, one), sub(1, two))) as Tensor2D,
      ),
    keep: (request) => combined((sampler) => sampler.keep(request), maximum),
  };
}
