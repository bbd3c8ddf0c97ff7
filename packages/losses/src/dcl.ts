import {
  concat,
  div,
  logicalAnd,
  logicalNot,
  mul,
  softmax,
  sub,
  sum,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import { decoupled } from './against-positive.js';
import { isPartner, notSelf } from './batch-places.js';
import { contrastRows } from './contrast-rows.js';
import { offTape } from './off-tape.js';
import type { Reduced, Reduction } from './options.js';
import { keeping } from './overlay.js';
import { reduce } from './reduce.js';
import { requireTemperature } from './require-options.js';
import { requireViewPair, type ViewPairOptions, viewPairLogits } from './view-pair.js';

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
  const { temperature = 0.1, sigma, keep, mode = 'paper' } = options;
  requireTemperature('dcl', sigma ?? 1, 'sigma');
  requireViewPair('dcl', first, second, options, { keep });
  const n = first.shape[0];

  return tidy(() => {
    const kept = keeping(mode, keep);
    const { partner, others } = viewPairLogits(first, second, temperature, options.blockSize);
    const rows = contrastRows(others, {
      given: kept.given,
      at: (given, from, size) => {
        const overlay = kept.at(given, from, size);
        const strangers = logicalAnd(notSelf(2 * n, from, size), logicalNot(isPartner(2 * n, from, size)));
        return { ...overlay, present: overlay.present ? logicalAnd(strangers, overlay.present) : strangers };
      },
    });
    if (sigma === undefined) return reduce(decoupled(rows, partner), options.reduction);
    const weight = offTape(() => sub(2, mul(n, softmax(div(sum(mul(first, second), 1), sigma)))) as Tensor1D);
    return reduce(decoupled(rows, partner, concat([weight, weight])), options.reduction);
  });
}
