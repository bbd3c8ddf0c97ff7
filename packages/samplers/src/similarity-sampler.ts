import { clone, mul, type Tensor, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { candidateCosines, requireComparable } from './compare-anchors.js';
import { eligibleCandidates, isOwnPrototypes } from './eligible-candidates.js';
import type { NegativeRequest, NegativeSampler } from './negative-sampler.js';
import { withoutGradient } from './without-gradient.js';

/** What one level's mask is made of. */
export interface Comparison {
  /** Cosines of anchors and candidates, `[A, M_l]`. */
  readonly cosines: Tensor2D;
  /** `[A, M_l]` of 0 and 1, or null for all: the mask is multiplied by it afterwards. */
  readonly eligible: Tensor | null;
  readonly level: number;
}

/** The mask of one level, `[A, M_l]` float32 of 0 and 1. */
export type Selection = (comparison: Comparison) => Tensor;

/**
 * Makes a sampler that decides by the cosines of anchors and candidates, and draws nothing: what it keeps is what its
 * probabilities say. Levels that share their candidates share the mask.
 *
 * @param begin Called once for each request that has been checked, for what is the same at all levels.
 */
export function similaritySampler(
  name: string,
  begin: (request: NegativeRequest) => Selection,
  { keys = false }: { keys?: boolean } = {},
): NegativeSampler {
  const masks = (request: NegativeRequest): Tensor2D[] => {
    requireComparable(name, request, { keys });
    return tidy(() => {
      const select = begin(request);
      const shared = new Map<Tensor, Tensor2D>();
      return request.candidates.map((rows, level) => {
        const found = shared.get(rows);
        if (found && !isOwnPrototypes(request, level)) return clone(found);
        const mask = withoutGradient(() => {
          const eligible = eligibleCandidates(request, level);
          const selected = select({ cosines: candidateCosines(request, level), eligible, level });
          return eligible ? mul(selected, eligible) : selected;
        }) as Tensor2D;
        if (!isOwnPrototypes(request, level)) shared.set(rows, mask);
        return mask;
      });
    });
  };
  return { name, probabilities: masks, keep: masks };
}
