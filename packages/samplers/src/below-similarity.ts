import { cast, less } from '@tensorflow/tfjs-core';
import type { NegativeSampler } from './negative-sampler.js';
import type { Ramped } from './ramp.js';
import { rampedValue, requireRamped } from './ramped-value.js';
import { similaritySampler } from './similarity-sampler.js';

/** Options of {@link belowSimilarity}. */
export interface BelowSimilarityOptions {
  /** The cosine to the anchor from which on a candidate is left out, −1 to 1; default 0.9. */
  threshold?: Ramped;
}

/**
 * Leaves out the candidates that are so much like the anchor that they may be of its own class: a threshold for false
 * negatives.
 *
 * Kept is what has a·n < threshold. The sampler needs the request's `anchors`, draws nothing and is exact.
 *
 * @throws RangeError if `threshold` is no cosine; the sampler throws a TypeError or RangeError for a malformed request, and
 * (with the request's `check`) a RangeError for anchors or candidates that are not of unit length, and NaN.
 *
 * @example
 * ```ts
 * const masks = belowSimilarity({ threshold: 0.8 }).keep({ candidates: levels.map(() => queue), levels, anchors, rng });
 * ```
 */
export function belowSimilarity({ threshold = 0.9 }: BelowSimilarityOptions = {}): NegativeSampler {
  const name = 'belowSimilarity';
  requireRamped(`make ${name}`, 'threshold', threshold, 'a cosine from -1 to 1', (value) => Math.abs(value) <= 1);
  return similaritySampler(name, (request) => {
    const limit = rampedValue(name, threshold, request);
    return ({ cosines }) => cast(less(cosines, limit), 'float32');
  });
}
