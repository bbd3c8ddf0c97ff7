import { cast, eye, logicalAnd, logicalNot, type Tensor2D, tidy, tile } from '@tensorflow/tfjs-core';
import { belongTogether, type ImageIds } from './partner-mask.js';
import type { PartnerTable } from './partner-table.js';

/** Options of {@link batchPositives}. */
export interface BatchPositivesOptions {
  /** V, how many views of each image the batch holds; default 2. */
  views?: number;
}

/**
 * Marks the positives of a batch: the other views of an image, and all views of its partners.
 *
 * The batch holds the first views of all images, then the second ones, and so on. SPPS's rule within a batch: an image is
 * never the negative of its semantic partner. Reads no value, so that it can be part of a compiled step.
 *
 * @param indices The images of the batch, `[N]` int32 or a list.
 * @param partners From {@link partnerTable}.
 * @returns `[V·N, V·N]` float32 of 0 and 1, with zeros on the diagonal; the caller disposes it.
 * @throws TypeError or RangeError as {@link partnerMask}; RangeError if `views` is no integer of at least 1.
 *
 * @example
 * ```ts
 * const positives = batchPositives(batch.indices, partners); // [2N, 2N]
 * ```
 */
export function batchPositives(
  indices: ImageIds,
  partners: PartnerTable,
  { views = 2 }: BatchPositivesOptions = {},
): Tensor2D {
  if (!(Number.isSafeInteger(views) && views > 0)) {
    throw new RangeError(`Cannot mark a batch's positives: needed views as an integer of at least 1, got ${views}`);
  }
  return tidy(() => {
    const together = tile(belongTogether(indices, indices, partners), [views, views]);
    const self = cast(eye(together.shape[0]), 'bool');
    return cast(logicalAnd(together, logicalNot(self)), 'float32') as Tensor2D;
  });
}
