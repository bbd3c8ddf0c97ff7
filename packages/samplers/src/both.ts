import { mul, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { NegativeRequest, NegativeSampler } from './negative-sampler.js';

/**
 * Keeps what both samplers keep.
 *
 * The two draw one after the other from the request's `rng`, independently of each other, also if they are the same
 * sampler: probabilities are multiplied, p = p₁·p₂. Deterministic samplers combine exactly. Weights are multiplied; each
 * sampler's are what they are over all candidates, not over those that the other one keeps.
 *
 * @throws The sampler throws what its members throw.
 *
 * @example
 * ```ts
 * // HCSC's selection, without what is almost the anchor itself.
 * const sampler = both(selectiveInstances(), belowSimilarity({ threshold: 0.9 }));
 * ```
 */
export function both(first: NegativeSampler, second: NegativeSampler): NegativeSampler {
  const product = (ask: (sampler: NegativeSampler) => Tensor2D[]) =>
    tidy(() => {
      const [one, two] = [ask(first), ask(second)];
      return one.map((matrix, l) => mul(matrix, two[l]!) as Tensor2D);
    });
  const weighing = [first, second].filter((sampler) => sampler.weights);
  return {
    name: `both(${first.name}, ${second.name})`,
    probabilities: (request) => product((sampler) => sampler.probabilities(request)),
    keep: (request) => product((sampler) => sampler.keep(request)),
    ...(weighing.length === 2 && {
      weights: (request: NegativeRequest) => product((sampler) => sampler.weights!(request)),
    }),
    ...(weighing.length === 1 && { weights: (request: NegativeRequest) => weighing[0]!.weights!(request) }),
  };
}
