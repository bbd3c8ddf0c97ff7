import { clipByValue, div, fill, gather, mean, mul, sub, sum, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { bernoulliSampler } from './bernoulli-sampler.js';
import { checkRequest, selectionRules } from './check-request.js';
import { likeness } from './likeness.js';
import type { AnchorLevel, NegativeRequest, NegativeSampler } from './negative-sampler.js';
import { requireProbability } from './require-probability.js';

/** Options of {@link selectivePrototypes}. */
export interface SelectivePrototypesOptions {
  /** τ, to which the mean φ of the level above is scaled; default 0.2 (HCSC). */
  temperature?: number;
  /** The smallest keep probability below the top level; default 1e-4 (official code). */
  min?: number;
  /** The largest keep probability below the top level; default 0.999 (official code). */
  max?: number;
}

/**
 * HCSC's selection of prototypes: the more a prototype looks like the parent of the anchor's own, the less likely it is
 * pushed away; the top level keeps all.
 *
 * Below the top p = clamp( 1 − softmax_{c' of level l+1}( c_j·c' / φ̂_{c'} )[parent of c⁺], min, max ), φ̂ = τ·φ / mean φ.
 * The softmax and the mean run over the prototypes of level l+1 that are alive; a c_j that was dropped has p = 0, at the
 * top too.
 * Source: Guo et al., HCSC, CVPR 2022; `min` and `max` are the official code's. Paper and official code
 * draw alike; they differ in which prototypes are candidates and in what a rejected one does (the loss's `mode`).
 *
 * @throws RangeError if `temperature` is not a finite number above 0, or `min` and `max` are no probabilities in that
 * order. The sampler throws a TypeError or RangeError for a malformed request, also if a level below the top has no
 * parents, and (with the request's `check`) a RangeError for candidates or prototypes that are not of unit length, φ
 * not above 0, ids out of range, and NaN.
 *
 * @example
 * ```ts
 * const levels = anchorLevels(hierarchy, indices);
 * const masks = selectivePrototypes().keep({ candidates: levels.map((level) => level.centroids), levels, rng });
 * ```
 */
export function selectivePrototypes({
  temperature = 0.2,
  min = 1e-4,
  max = 0.999,
}: SelectivePrototypesOptions = {}): NegativeSampler {
  const name = 'selectivePrototypes';
  if (!(Number.isFinite(temperature) && temperature > 0)) {
    throw new RangeError(`Cannot make ${name}: needed temperature as a finite number above 0, got ${temperature}`);
  }
  requireProbability(`make ${name}`, 'min', min);
  requireProbability(`make ${name}`, 'max', max);
  if (min > max) throw new RangeError(`Cannot make ${name}: needed min to be at most max, got ${min} and ${max}`);
  return bernoulliSampler(
    name,
    ({ candidates, levels }, l) => {
      const { parents, positives } = levels[l]!;
      const above = levels[l + 1];
      if (!above) return fill([positives.shape[0], candidates[l]!.shape[0]], 1);
      const phi = mul(div(above.concentration, meanOf(above)), temperature);
      const parentOfPositive = gather(parents!, positives) as Tensor1D;
      return clipByValue(
        sub(1, likeness(candidates[l]!, above.centroids, phi, parentOfPositive, above.alive)),
        min,
        max,
      );
    },
    {
      validate: (request) => {
        requireParents(name, request);
        if (request.check !== false) checkRequest(name, selectionRules(request));
      },
    },
  );
}

/** The mean φ of the prototypes that are alive. */
function meanOf({ concentration, alive }: AnchorLevel): Tensor {
  return alive ? div(sum(mul(concentration, alive)), sum(alive)) : mean(concentration);
}

function requireParents(name: string, { levels }: NegativeRequest): void {
  const orphan = levels.findIndex(({ parents }, l) => !parents && l < levels.length - 1);
  if (orphan >= 0) {
    throw new RangeError(
      `Cannot sample negatives with ${name}: needed levels[${orphan}].parents, its prototypes' parents in ` +
        `levels[${orphan + 1}], got none`,
    );
  }
}
