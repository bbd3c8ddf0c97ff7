import { type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { checkValues } from './check-values.js';
import { contrastRows, maskFor } from './contrast-rows.js';
import { instanceLogits } from './instance-logits.js';
import type { LossOptions, Reduced, Reduction } from './options.js';
import { reduce } from './reduce.js';
import { requireGradients } from './require-gradients.js';
import { requireChoices, requireTemperature } from './require-options.js';
import { requireMask, requireTensor } from './require-tensor.js';
import { unitRows, zeroOrOne } from './value-rules.js';

/** Options of {@link infoNCE}. */
export interface InfoNCEOptions<R extends Reduction = 'mean'> extends LossOptions<R> {
  /** τ; default 0.2 (MoCo v2, HCSC). */
  temperature?: number;
  /** Keep-mask `[N, M]` of 0 and 1 (float32, int32 or bool): which negatives each query has; absent: all. */
  keep?: Tensor2D;
}

/**
 * InfoNCE of queries against their keys and shared negatives: −log( exp(q·k/τ) / (exp(q·k/τ) + Σ_n exp(q·n/τ)) ).
 *
 * Source: van den Oord et al. 2018, in the form of MoCo (He et al. 2020), eq. 1. All rows are L2-normalised. Gradients
 * flow to whichever of the three tensors is differentiated. A row without a negative has loss 0 and gradient 0.
 * Inputs are not disposed; the caller disposes the result.
 *
 * @param query q, `[N, D]` float32.
 * @param key k, `[N, D]` float32; row i is the positive of query i.
 * @param negatives n, `[M, D]` float32, for example a key queue.
 * @returns A scalar, or `[N]` for `reduction: 'none'`.
 * @throws TypeError for a wrong rank, dtype or option; RangeError for sizes that do not fit, an empty tensor, a
 * temperature that is not above 0, and (with `check`) rows that are not of unit length, NaN, or a mask value other
 * than 0 and 1.
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
  const { temperature = 0.2, keep, mode = 'paper', reduction = 'mean' as R, check = true } = options;
  requireChoices('infoNCE', mode, reduction);
  requireTemperature('infoNCE', temperature);
  requireTensor('infoNCE', 'query', query, ['N', 'D']);
  const [n, d] = query.shape;
  requireTensor('infoNCE', 'key', key, [n, d]);
  requireTensor('infoNCE', 'negatives', negatives, ['M', d]);
  if (keep) requireMask('infoNCE', 'keep', keep, [n, negatives.shape[0]]);
  requireGradients('infoNCE');
  if (check) {
    checkValues('infoNCE', [
      unitRows('query', query),
      unitRows('key', key),
      unitRows('negatives', negatives),
      ...(keep ? [zeroOrOne('keep', keep)] : []),
    ]);
  }

  return tidy(() => {
    const { positive, negative } = instanceLogits(query, key, negatives, temperature);
    return reduce(contrastRows(positive, negative, maskFor(mode, keep)), reduction);
  });
}
