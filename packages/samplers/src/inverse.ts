import { sub, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { amongLiving } from './among-living.js';
import type { NegativeRequest, NegativeSampler } from './negative-sampler.js';
import { refuseWeights } from './refuse-weights.js';

/**
 * Keeps what another sampler leaves out: p = 1 − p₁.
 *
 * It draws what the other one draws: with equal random streams the two masks add up to 1. Prototypes that were dropped stay
 * left out. The anchor's own prototype may be kept: losses never have it among the negatives.
 *
 * @throws TypeError for a sampler that has weights, which have no complement. The sampler throws what the other one throws.
 *
 * @example
 * ```ts
 * // Without the 8 hardest.
 * const sampler = inverse(hardestNegatives({ k: 8 }));
 * ```
 */
export function inverse(sampler: NegativeSampler): NegativeSampler {
  refuseWeights('inverse', sampler);
  const complement = (request: NegativeRequest, ask: (request: NegativeRequest) => Tensor2D[]) =>
    tidy(() => ask(request).map((matrix, l) => amongLiving(request, l, sub(1, matrix)) as Tensor2D));
  return {
    name: `inverse(${sampler.name})`,
    probabilities: (request) => complement(request, (asked) => sampler.probabilities(asked)),
    keep: (request) => complement(request, (asked) => sampler.keep(asked)),
  };
}
