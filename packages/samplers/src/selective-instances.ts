import { maximum, minimum, sub, type Tensor1D } from '@tensorflow/tfjs-core';
import { bernoulliSampler } from './bernoulli-sampler.js';
import { checkRequest, selectionRules } from './check-request.js';
import { likeness } from './likeness.js';
import type { NegativeSampler } from './negative-sampler.js';
import { requireProbability } from './require-probability.js';

/** Options of {@link selectiveInstances}. */
export interface SelectiveInstancesOptions {
  /** φ is taken to be at least this; default 1e-3 (official code). */
  floor?: number;
  /** The largest keep probability; default 0.999 (official code). */
  max?: number;
}

/**
 * HCSC's selection of instances: the more a candidate looks like the anchor's own cluster, the less likely it is
 * pushed away.
 *
 * At every level p = min( 1 − softmax_c( n·c / max(φ_c, floor) )[c⁺], max ), c⁺ the anchor's prototype there; the
 * softmax runs over the prototypes that are alive. Source: Guo et al., HCSC, CVPR 2022; `floor` and `max` are the
 * official code's. Paper and official code draw alike; they differ in what a loss does with a rejected candidate (its
 * `mode`).
 *
 * @throws RangeError if `floor` is not a finite number above 0 or `max` is no probability. The sampler throws a
 * TypeError or RangeError for a malformed request and (with the request's `check`) a RangeError for candidates or
 * prototypes that are not of unit length, φ not above 0, ids out of range, and NaN.
 *
 * @example
 * ```ts
 * const levels = anchorLevels(hierarchy, indices);
 * const masks = selectiveInstances().keep({ candidates: levels.map(() => queue), levels, rng });
 * ```
 */
export function selectiveInstances({ floor = 1e-3, max = 0.999 }: SelectiveInstancesOptions = {}): NegativeSampler {
  const name = 'selectiveInstances';
  if (!(Number.isFinite(floor) && floor > 0)) {
    throw new RangeError(`Cannot make ${name}: needed floor as a finite number above 0, got ${floor}`);
  }
  requireProbability(`make ${name}`, 'max', max);
  return bernoulliSampler(
    name,
    ({ candidates, levels }, l) => {
      const { centroids, concentration, positives, alive } = levels[l]!;
      const phi = maximum(concentration, floor) as Tensor1D;
      return minimum(sub(1, likeness(candidates[l]!, centroids, phi, positives, alive)), max);
    },
    {
      validate: (request) => {
        if (request.check !== false) checkRequest(name, selectionRules(request));
      },
    },
  );
}
