import type { Scalar, Tensor1D } from '@tensorflow/tfjs-core';

/**
 * What a rejected negative (keep-mask 0) does to the denominator.
 *
 * - `'paper'`: it is absent, as in the papers' formulas.
 * - `'reference'`: its logit is multiplied by 0, so that it still adds exp(0) = 1, as in the authors' code.
 */
export type MaskMode = 'paper' | 'reference';

/** How the losses of the batch's rows become the result: their mean, their sum, or each row's own loss `[N]`. */
export type Reduction = 'mean' | 'sum' | 'none';

/** What a loss returns: `[N]` for `'none'`, else a scalar; float32 both. */
export type Reduced<R extends Reduction> = R extends 'none' ? Tensor1D : Scalar;

/** Options that every loss takes. */
export interface BaseLossOptions<R extends Reduction = 'mean'> {
  /** How rows are reduced; default `'mean'`. */
  reduction?: R;
  /**
   * Look at the values too (unit length, masks of 0 and 1, ids in range, NaN); default `true`. The check downloads
   * one small tensor per call: switch it off in hot loops. In compiled steps, where nothing can be read, it is left
   * out. Shapes and types are always checked.
   */
  check?: boolean;
  /**
   * How many candidates (columns of the logits) are looked at at a time; absent: all. Value and gradient are the same;
   * memory is that of one block, and the backward pass computes each block's logits anew.
   */
  blockSize?: number;
}

/** Options that every loss with keep-masks takes. */
export interface LossOptions<R extends Reduction = 'mean'> extends BaseLossOptions<R> {
  /** What a rejected negative does to the denominator; default `'paper'`. */
  mode?: MaskMode;
}
