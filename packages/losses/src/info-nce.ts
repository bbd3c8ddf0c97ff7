import type { Tensor2D } from '@tensorflow/tfjs-core';
import { againstPositive, decoupled } from './against-positive.js';
import { contrastRows } from './contrast-rows.js';
import { instanceLogits } from './instance-logits.js';
import { mask, notNegative, unitRows } from './kinds.js';
import type { LossOptions, Reduced, Reduction } from './options.js';
import { keeping } from './overlay.js';
import { reduced } from './reduced.js';
import { requireArguments } from './require-arguments.js';
import { requireTemperature } from './require-options.js';

/** Options of {@link infoNCE}. */
export interface InfoNCEOptions<R extends Reduction = 'mean'> extends LossOptions<R> {
  /** τ; default 0.2 (MoCo v2, HCSC). */
  temperature?: number;
  /** Keep-mask `[N, M]` of 0 and 1 (float32, int32 or bool): which negatives each query has; absent: all. */
  keep?: Tensor2D;
  /**
   * w, `[N, M]` float32, 0 or above: how often each negative counts, for example for debiased or hard negatives; absent:
   * once. 0 is absent, as `keep` 0 in `mode: 'paper'`. No gradient flows to it.
   */
  weights?: Tensor2D;
  /** Leave the positive out of the denominator (decoupled contrastive learning, Yeh et al. 2022); default `false`. */
  decoupled?: boolean;
}

/**
 * InfoNCE of queries against their keys and shared negatives: −log( exp(q·k/τ) / (exp(q·k/τ) + Σ_n exp(q·n/τ)) ).
 *
 * Source: van den Oord et al. 2018, in the form of MoCo (He et al. 2020), eq. 1. All rows are L2-normalised. Gradients
 * flow to whichever of the three tensors is differentiated. A row without a negative has loss 0 and gradient 0. With
 * `weights`, exp(q·n/τ) is multiplied by w; a sum of weights other than M makes the negatives count more or less.
 * Inputs are not disposed; the caller disposes the result.
 *
 * @param query q, `[N, D]` float32.
 * @param key k, `[N, D]` float32; row i is the positive of query i.
 * @param negatives n, `[M, D]` float32, for example a key queue.
 * @returns A scalar, or `[N]` for `reduction: 'none'`.
 * @throws TypeError for a wrong rank, dtype or option; RangeError for sizes that do not fit, an empty tensor, a
 * temperature that is not above 0, a block size that is no whole number above 0, and (with `check`) rows that are not
 * of unit length, NaN, a mask value other than 0 and 1, or a weight that is negative or not finite.
 *
 * @example
 * ```ts
 * const loss = infoNCE(query, key, queue, { temperature: 0.2 });
 * ```
 */
export function infoNCE<R extends Reduction = 'mean'>(
  query: Tensor2D,
  key: Tensor2D,
  negatives: Tensor2D,
  options: InfoNCEOptions<R> = {},
): Reduced<R> {
  const { temperature = 0.2, keep, weights } = options;
  requireTemperature('infoNCE', temperature);
  requireArguments('infoNCE', options, [
    ['query', query, 'N D', unitRows],
    ['key', key, 'N D', unitRows],
    ['negatives', negatives, 'M D', unitRows],
    keep && ['keep', keep, 'N M', mask],
    weights && ['weights', weights, 'N M', notNegative],
  ]);

  return reduced(options, () => {
    const { positive, negative } = instanceLogits(query, key, negatives, temperature, options.blockSize);
    const margin = contrastRows(negative, keeping(options.mode, keep, weights), positive);
    return (options.decoupled ? decoupled : againstPositive)(margin);
  });
}
