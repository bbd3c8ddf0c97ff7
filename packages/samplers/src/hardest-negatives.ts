import { add, floor, minimum, type Tensor } from '@tensorflow/tfjs-core';
import { cosinesAmong, largest, markLargest } from './most-similar.js';
import type { NegativeSampler } from './negative-sampler.js';
import type { Ramped } from './ramp.js';
import { rampedValue, requireRamped } from './ramped-value.js';
import { similaritySampler } from './similarity-sampler.js';

/** Options of {@link hardestNegatives}. */
export interface HardestNegativesOptions {
  /** How many candidates are kept for each anchor, at least 1; between the ends of a ramp it is rounded. */
  k: Ramped;
}

/**
 * Keeps the k candidates that are most similar to the anchor.
 *
 * Exactly k are kept for each anchor: of equally similar ones on the edge those that come first. Levels with k candidates
 * or fewer keep all. Of a level's own prototypes the anchor's own and those that were dropped do not count. The sampler
 * needs the request's `anchors`, draws nothing and is exact.
 *
 * @throws RangeError unless `k` is an integer of at least 1; the sampler throws a TypeError or RangeError for a malformed
 * request, and (with the request's `check`) a RangeError for anchors or candidates that are not of unit length, and NaN.
 *
 * @example
 * ```ts
 * const masks = hardestNegatives({ k: 256 }).keep({ candidates: levels.map(() => queue), levels, anchors, rng });
 * ```
 */
export function hardestNegatives({ k }: HardestNegativesOptions): NegativeSampler {
  const name = 'hardestNegatives';
  requireRamped(
    `make ${name}`,
    'k',
    k,
    'an integer of at least 1',
    (value) => Number.isSafeInteger(value) && value > 0,
  );
  const most = typeof k === 'number' ? k : Math.max(k.from, k.to);
  return similaritySampler(name, (request) => {
    const count = rampedValue(name, k, request);
    return ({ cosines, eligible }) => {
      const values = cosinesAmong(cosines, eligible);
      const limit = Math.min(most, values.shape[1]);
      return markLargest(values, largest(values, limit), atMost(count, limit));
    };
  });
}

function atMost(count: number | Tensor, limit: number): number | Tensor {
  if (typeof count === 'number') return Math.min(Math.round(count), limit);
  return floor(add(minimum(count, limit), 0.5));
}
