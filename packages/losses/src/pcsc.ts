import { all, cast, less, notEqual, reshape, type Tensor2D } from '@tensorflow/tfjs-core';
import { columnIds } from './batch-places.js';
import { mask } from './kinds.js';
import type { LossOptions, Reduced, Reduction } from './options.js';
import { allOf, columns, keeping, type Overlays } from './overlay.js';
import { type Prototypes, prototypeContrast } from './prototype-contrast.js';
import { requireThat } from './require-that.js';

/** The prototypes of one level, as {@link pcsc} needs them. */
export interface PrototypeLevel extends Prototypes {
  /**
   * Keep-mask `[N, K]` of 0 and 1 (float32, int32 or bool): which prototypes are negatives of each query; absent: all.
   * The column of the query's own positive is never looked at.
   */
  readonly keep?: Tensor2D;
  /**
   * For `mode: 'reference'` only: ids below this are candidates. The official code uses the largest id that occurs in
   * the data set, which leaves the last prototype out; default K − 1.
   */
  readonly used?: number;
}

/** Options of {@link pcsc}. */
export type PCSCOptions<R extends Reduction = 'mean'> = LossOptions<R>;

/**
 * Prototypical contrast with selection: queries against their prototype and the kept other prototypes of each level,
 * averaged over levels.
 *
 * Per level, −log( exp(q·c⁺/φ_{c⁺}) / (exp(q·c⁺/φ_{c⁺}) + Σ_j exp(q·c_j/φ_{c_j})) ). Source: Guo et al., HCSC, CVPR
 * 2022. `mode: 'paper'`: the negatives are all prototypes but the query's own, rejected ones are absent.
 * `mode: 'reference'`, as in the official code: every positive of the whole batch is left out, ids from `used` on are
 * never negatives, and a rejected logit is multiplied by 0. Prototypes that are not `alive` are absent in both. A row
 * without a negative has loss 0 and gradient 0. For several crops call it once per view, with masks drawn anew, and add
 * the results. Inputs are not disposed; the caller disposes the result.
 *
 * @param query q, `[N, D]` float32, L2-normalised.
 * @param levels At least one level, finest first.
 * @returns A scalar, or `[N]` for `reduction: 'none'`.
 * @throws TypeError for a wrong rank, dtype or option; RangeError for no level, sizes that do not fit, an empty tensor,
 * a `used` outside 0 … K, and (with `check`) rows that are not of unit length, NaN, φ not above 0, ids out of range,
 * a mask value other than 0 and 1, or a positive that was dropped.
 *
 * @example
 * ```ts
 * const levels = [{ centroids, concentration, positives, keep }];
 * const loss = pcsc(query, levels);
 * ```
 */
export function pcsc<R extends Reduction = 'mean'>(
  query: Tensor2D,
  levels: readonly PrototypeLevel[],
  options: PCSCOptions<R> = {},
): Reduced<R> {
  return prototypeContrast(
    'pcsc',
    query,
    levels,
    options,
    ({ keep }, name, k) => keep && [`${name}.keep`, keep, `N ${k}`, mask],
    ({ centroids, positives, keep, alive, used }, candidates, name) => {
      const k = centroids.shape[0];
      const last = used ?? k - 1;
      const possible = Number.isInteger(last) && last >= 0 && last <= k;
      requireThat(possible, 'pcsc', `${name}.used as an integer from 0 to ${k}`, used);
      const kept = keeping(options.mode, keep);
      const overlays: Overlays = {
        given: { ...kept.given, positives, alive: alive ? reshape(alive, [1, -1]) : undefined },
        at: (given, from, size) => {
          const overlay = kept.at(given, from, size);
          const ids = columnIds(from, size);
          const notOwn = notEqual(ids, reshape(given.positives!, [-1, 1]));
          const rules = options.mode === 'reference' ? [all(notOwn, 0, true), less(ids, last)] : [notOwn];
          const living = given.alive && cast(columns(given.alive, from, size), 'bool');
          return { ...overlay, present: allOf([...rules, living, overlay.present]) };
        },
      };
      return { candidates, overlays };
    },
  );
}
