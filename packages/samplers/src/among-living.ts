import { mul, reshape, type Tensor } from '@tensorflow/tfjs-core';
import type { NegativeRequest } from './negative-sampler.js';

/** Probabilities `[A, M_l]` of a level with 0 for candidates that are its own prototypes and were dropped. */
export function amongLiving({ candidates, levels }: NegativeRequest, l: number, probabilities: Tensor): Tensor {
  const { centroids, alive } = levels[l]!;
  return alive && candidates[l] === centroids ? mul(probabilities, reshape(alive, [1, -1])) : probabilities;
}
