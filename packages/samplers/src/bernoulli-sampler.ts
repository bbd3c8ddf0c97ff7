import { cast, less, type Tensor, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { amongLiving } from './among-living.js';
import type { NegativeRequest, NegativeSampler } from './negative-sampler.js';
import { requireRequest } from './require-request.js';
import { withoutGradient } from './without-gradient.js';

/** Options of {@link bernoulliSampler}. */
export interface BernoulliSamplerOptions {
  /** Throws to refuse a request, beyond its shapes and types; default: accepts it. */
  validate?: (request: NegativeRequest) => void;
}

/**
 * Makes a sampler out of a keep probability: every (anchor, candidate, level) is drawn once, independently.
 *
 * The request's shapes are checked before `probability` sees it, and what `probability` allocates beside its result is
 * disposed, so that one expression is a whole sampler. Prototypes that were dropped are never kept, whatever it says.
 * No gradient flows through masks and probabilities.
 *
 * @param name For logs and tables.
 * @param probability The probability `[A, M_l]` float32 that each candidate of a level is kept.
 *
 * @example
 * ```ts
 * // The more alike anchor and candidate are, the less likely the candidate is kept.
 * const dissimilar = bernoulliSampler('dissimilar', ({ anchors, candidates }, level) =>
 *   tf.sub(1, tf.relu(tf.matMul(anchors!, candidates[level]!, false, true))),
 * );
 * ```
 */
export function bernoulliSampler(
  name: string,
  probability: (request: NegativeRequest, level: number) => Tensor,
  { validate }: BernoulliSamplerOptions = {},
): NegativeSampler {
  const perLevel = (request: NegativeRequest, make: (level: number) => Tensor): Tensor2D[] => {
    requireRequest(name, request);
    validate?.(request);
    return tidy(() => request.levels.map((_, level) => withoutGradient(() => make(level)) as Tensor2D));
  };
  return {
    name,
    probabilities: (request) => perLevel(request, (level) => amongLiving(request, level, probability(request, level))),
    keep: (request) =>
      perLevel(request, (level) => {
        const p = amongLiving(request, level, probability(request, level));
        return cast(less(request.rng.uniformTensor(p.shape), p), 'float32');
      }),
  };
}
