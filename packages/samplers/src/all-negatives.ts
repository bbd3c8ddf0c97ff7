import { fill, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { amongLiving } from './among-living.js';
import type { NegativeRequest, NegativeSampler } from './negative-sampler.js';
import { requireRequest } from './require-request.js';

/**
 * Keeps every candidate that was not dropped, as MoCo does; computes no similarity and draws nothing.
 *
 * @throws The sampler throws a TypeError or RangeError for a malformed request.
 *
 * @example
 * ```ts
 * const instanceSampler = allNegatives();
 * ```
 */
export function allNegatives(): NegativeSampler {
  const name = 'allNegatives';
  const ones = (request: NegativeRequest): Tensor2D[] => {
    requireRequest(name, request);
    const { candidates, levels } = request;
    return tidy(() =>
      levels.map(
        ({ positives }, l) =>
          amongLiving(request, l, fill([positives.shape[0], candidates[l]!.shape[0]], 1)) as Tensor2D,
      ),
    );
  };
  return { name, probabilities: ones, keep: ones };
}
