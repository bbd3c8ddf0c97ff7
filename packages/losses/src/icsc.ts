import { addN, type Tensor2D } from '@tensorflow/tfjs-core';
import { againstPositive } from './against-positive.js';
import { contrastRows } from './contrast-rows.js';
import { instanceLogits } from './instance-logits.js';
import { mask, unitRows } from './kinds.js';
import type { LossOptions, Reduced, Reduction } from './options.js';
import { keeping } from './overlay.js';
import { reduced } from './reduced.js';
import { type Argument, requireArguments } from './require-arguments.js';
import { requireLevels, requireTemperature } from './require-options.js';

/** Options of {@link icsc}. */
export interface ICSCOptions<R extends Reduction = 'mean'> extends LossOptions<R> {
  /** τ; default 0.2 (HCSC). */
  temperature?: number;
}

/**
 * Instance-wise contrast with selection: one InfoNCE per level of the hierarchy, each with the negatives that were
 * drawn for that level, summed over levels.
 *
 * Source: Guo et al., HCSC, CVPR 2022; the levels share one product q·nᵀ. For several crops call it once
 * per view with the same masks and add the results. Inputs are not disposed; the caller disposes the result.
 *
 * @param query q, `[N, D]` float32, L2-normalised.
 * @param key k, `[N, D]` float32, L2-normalised; row i is the positive of query i.
 * @param queue n, `[M, D]` float32, L2-normalised: the candidates.
 * @param keepPerLevel One keep-mask `[N, M]` of 0 and 1 (float32, int32 or bool) per level.
 * @returns A scalar, or `[N]` for `reduction: 'none'`.
 * @throws As {@link infoNCE}; RangeError if there is no level.
 *
 * @example
 * ```ts
 * const masks = selectiveInstances().keep({ candidates: levels.map(() => queue), levels, rng });
 * const loss = icsc(query, key, queue, masks, { temperature: 0.2 });
 * ```
 */
export function icsc<R extends Reduction = 'mean'>(
  query: Tensor2D,
  key: Tensor2D,
  queue: Tensor2D,
  keepPerLevel: readonly Tensor2D[],
  options: ICSCOptions<R> = {},
): Reduced<R> {
  const { temperature = 0.2 } = options;
  requireTemperature('icsc', temperature);
  requireLevels('icsc', 'keepPerLevel', keepPerLevel);
  requireArguments('icsc', options, [
    ['query', query, 'N D', unitRows],
    ['key', key, 'N D', unitRows],
    ['queue', queue, 'M D', unitRows],
    ...keepPerLevel.map((keep, l): Argument => [`keepPerLevel[${l}]`, keep, 'N M', mask]),
  ]);

  return reduced(options, () => {
    const { positive, negative } = instanceLogits(query, key, queue, temperature, options.blockSize);
    const perLevel = keepPerLevel.map((keep) =>
      againstPositive(contrastRows(negative, keeping(options.mode, keep), positive)),
    );
    return addN(perLevel);
  });
}
