import { fill, mul } from '@tensorflow/tfjs-core';
import { bernoulliSampler } from './bernoulli-sampler.js';
import type { NegativeSampler } from './negative-sampler.js';
import type { Ramped } from './ramp.js';
import { rampedValue, requireProgress, requireRamped } from './ramped-value.js';

/** Options of {@link uniformNegatives}. */
export interface UniformNegativesOptions {
  /** The share of candidates that is kept; default 0.5. */
  keep?: Ramped;
}

/**
 * Keeps every candidate with the same probability: the baseline that tells selection from mere thinning.
 *
 * @throws RangeError if `keep` is no probability; the sampler throws a TypeError or RangeError for a malformed request, and
 * for one without `progress` if `keep` is a ramp.
 *
 * @example
 * ```ts
 * const instanceSampler = uniformNegatives({ keep: 0.5 });
 * ```
 */
export function uniformNegatives({ keep = 0.5 }: UniformNegativesOptions = {}): NegativeSampler {
  const name = 'uniformNegatives';
  const fits = (value: number) => value >= 0 && value <= 1;
  requireRamped(`make ${name}`, 'keep', keep, 'a probability from 0 to 1', fits);
  return bernoulliSampler(
    name,
    (request, l) => {
      const { candidates, levels } = request;
      const shape: [number, number] = [levels[l]!.positives.shape[0], candidates[l]!.shape[0]];
      const share = rampedValue(name, keep, { ...request, check: false });
      return typeof share === 'number' ? fill(shape, share) : mul(fill(shape, 1), share);
    },
    {
      validate: (request) => {
        if (typeof keep !== 'number') requireProgress(name, request);
      },
    },
  );
}
