import { fill } from '@tensorflow/tfjs-core';
import { bernoulliSampler } from './bernoulli-sampler.js';
import type { NegativeSampler } from './negative-sampler.js';
import { requireProbability } from './require-probability.js';

/** Options of {@link uniformNegatives}. */
export interface UniformNegativesOptions {
  /** The share of candidates that is kept; default 0.5. */
  keep?: number;
}

/**
 * Keeps every candidate with the same probability: the baseline that tells selection from mere thinning.
 *
 * @throws RangeError if `keep` is no probability; the sampler throws a TypeError or RangeError for a malformed request.
 *
 * @example
 * ```ts
 * const instanceSampler = uniformNegatives({ keep: 0.5 });
 * ```
 */
export function uniformNegatives({ keep = 0.5 }: UniformNegativesOptions = {}): NegativeSampler {
  requireProbability('make uniformNegatives', 'keep', keep);
  return bernoulliSampler('uniformNegatives', ({ candidates, levels }, l) =>
    fill([levels[l]!.positives.shape[0], candidates[l]!.shape[0]], keep),
  );
}
