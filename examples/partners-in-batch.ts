import { type MinedPairs, partnerMask, partnerTable } from '@hcsc/samplers';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/**
 * What an image's semantic partners are to it besides the one that it comes with: left out of its negatives (`'absent'`, as
 * SPPS has it), or positives as well (`'positive'`).
 */
export type PartnerRule = 'absent' | 'positive';

/** Tells which images of a batch belong together. */
export interface BatchPartners {
  /** `[A, M]` of 0 and 1: the same image, or one of its partners; null if there are no pairs. */
  mask(anchors: Tensor1D, candidates: Tensor1D): Tensor2D | null;
  dispose(): void;
}

/** SPPS's rule: an image is never the negative of itself or of a semantic partner. */
export function partnersInBatch(pairs: MinedPairs | null): BatchPartners {
  const table = pairs && partnerTable(pairs);
  return {
    mask: (anchors, candidates) => table && partnerMask(anchors, candidates, table),
    dispose: () => table?.dispose(),
  };
}
