import type { NegativeSampler } from './negative-sampler.js';

/** Refuses a sampler that weighs what it keeps: a weight has no complement and no union with a mask. */
export function refuseWeights(combinator: string, { name, weights }: NegativeSampler): void {
  if (weights) {
    throw new TypeError(
      `Cannot make ${combinator} of ${name}: needed a sampler that keeps or leaves out, got one with weights`,
    );
  }
}
