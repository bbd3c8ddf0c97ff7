import { mul, softmax, sub, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { decoupled } from './against-positive.js';
import { contrastRows } from './contrast-rows.js';
import { offTape } from './off-tape.js';
import type { Reduced, Reduction } from './options.js';
import { reduced } from './reduced.js';
import { requireTemperature } from './require-options.js';
import { requireViewPair, strangers, type ViewPairOptions, viewPairLogits } from './view-pair.js';

/** Options of {@link dcl}. */
export interface DCLOptions<R extends Reduction = 'mean'> extends ViewPairOptions<R> {
  /**
   * σ of DCLW, which weighs a positive by 2 − exp(u·v/σ) / mean exp(u·v/σ), so that views that are far apart count more
   * (the paper has 0.5); absent: DCL, every weight 1. No gradient flows through the weights.
   */
  sigma?: number;
}

/**
 * Decoupled contrastive loss of two views of a batch: NT-Xent without the positive in the denominator.
 *
 * For row i of the 2N, with partner p, −w u_i·u_p/τ + log Σ_{a ≠ i, p} exp(u_i·u_a/τ). Source: Yeh et al., Decoupled
 * Contrastive Learning, ECCV 2022, eq. 6 and 7. With a queue, `infoNCE(…, { decoupled: true })` is the same thing. The
 * loss may be negative. A row that has no negative left has loss 0 and gradient 0. Inputs are not disposed; the caller
 * disposes the result.
 *
 * @param first `[N, D]` float32, L2-normalised.
 * @param second `[N, D]` float32, L2-normalised; row i is the other view of row i of `first`.
 * @returns A scalar, or for `reduction: 'none'` `[2N]`, the rows of `first` before those of `second`.
 * @throws As {@link ntXent}; RangeError for a `sigma` that is not above 0.
 *
 * @example
 * ```ts
 * const loss = dcl(first, second, { sigma: 0.5 });
 * ```
 */
export function dcl<R extends Reduction = 'mean'>(
  first: Tensor2D,
  second: Tensor2D,
  options: DCLOptions<R> = {},
): Reduced<R> {
  const { temperature = 0.1, sigma, keep } = options;
  requireTemperature('dcl', sigma ?? 1, 'sigma');
  requireViewPair('dcl', first, second, options, { keep });
  const rows = 2 * first.shape[0];

  return reduced(options, () => {
    const { partner, others } = viewPairLogits(first, second, temperature, options.blockSize);
    // Every pair is there twice, which leaves its share of the sum what it is of the mean.
    const weights = sigma && offTape(() => sub(2, mul(rows, softmax(mul(partner, temperature / sigma)))));
    const positive = weights ? (mul(weights, partner) as Tensor1D) : partner;
    return decoupled(contrastRows(others, strangers(rows, options), positive));
  });
}
