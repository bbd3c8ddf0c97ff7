import { cast, mul, notEqual, range, reshape, type Tensor } from '@tensorflow/tfjs-core';
import type { NegativeRequest } from './negative-sampler.js';

/** Whether the candidates of a level are its own prototypes, and not a queue. */
export function isOwnPrototypes({ candidates, levels }: NegativeRequest, l: number): boolean {
  return candidates[l] === levels[l]!.centroids;
}

/**
 * Which candidates can be negatives at all, `[A, M_l]` float32 of 0 and 1: of the level's own prototypes those that are alive
 * and not the anchor's own; of a queue all, which is null.
 */
export function eligibleCandidates(request: NegativeRequest, l: number): Tensor | null {
  if (!isOwnPrototypes(request, l)) return null;
  const { centroids, positives, alive } = request.levels[l]!;
  const ids = range(0, centroids.shape[0], 1, 'int32');
  const others = cast(notEqual(reshape(ids, [1, -1]), reshape(positives, [-1, 1])), 'float32');
  return alive ? mul(others, reshape(alive, [1, -1])) : others;
}
