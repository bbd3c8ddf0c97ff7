import {
  addN,
  all,
  cast,
  div,
  gather,
  less,
  logicalAnd,
  matMul,
  mul,
  notEqual,
  range,
  reshape,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import { checkValues } from './check-values.js';
import { type CandidateMask, contrastRows } from './contrast-rows.js';
import type { LossOptions, MaskMode, Reduced, Reduction } from './options.js';
import { reduce } from './reduce.js';
import { requireGradients } from './require-gradients.js';
import { requireChoices, requireLevels } from './require-options.js';
import { requireMask, requireTensor } from './require-tensor.js';
import { idsBelow, livingIds, positiveValues, unitRows, zeroOrOne } from './value-rules.js';

/** The prototypes of one level, as {@link pcsc} needs them. */
export interface PrototypeLevel {
  /** c, `[K, D]` float32, L2-normalised. */
  readonly centroids: Tensor2D;
  /** φ, `[K]` float32, above 0: each prototype's own temperature. */
  readonly concentration: Tensor1D;
  /** `[N]` int32: the prototype of each query, its positive. */
  readonly positives: Tensor1D;
  /**
   * Keep-mask `[N, K]` of 0 and 1 (float32, int32 or bool): which prototypes are negatives of each query; absent: all.
   * The column of the query's own positive is never looked at.
   */
  readonly keep?: Tensor2D;
  /**
   * `[K]` float32 of 0 and 1: 0 for prototypes that were dropped, which are absent from every denominator, in both modes;
   * null or absent: all are there.
   */
  readonly alive?: Tensor1D | null;
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
  const { mode = 'paper', reduction = 'mean' as R, check = true } = options;
  requireChoices('pcsc', mode, reduction);
  requireTensor('pcsc', 'query', query, ['N', 'D']);
  const [n, d] = query.shape;
  requireLevels('pcsc', 'levels', levels);
  levels.forEach((level, l) => {
    requireLevel(`levels[${l}]`, level, n, d);
  });
  requireGradients('pcsc');
  if (check) {
    checkValues('pcsc', [
      unitRows('query', query),
      ...levels.flatMap(({ centroids, concentration, positives, keep, alive }, l) => [
        unitRows(`levels[${l}].centroids`, centroids),
        positiveValues(`levels[${l}].concentration`, concentration),
        idsBelow(`levels[${l}].positives`, positives, centroids.shape[0]),
        ...(keep ? [zeroOrOne(`levels[${l}].keep`, keep)] : []),
        ...(alive
          ? [zeroOrOne(`levels[${l}].alive`, alive), livingIds(`levels[${l}].positives`, positives, alive)]
          : []),
      ]),
    ]);
  }

  return tidy(() => {
    const perLevel = levels.map((level) => {
      const { centroids, concentration, positives } = level;
      const scaled = div(centroids, reshape(concentration, [-1, 1]));
      const positive = sum(mul(query, gather(scaled, positives)), 1, true);
      return contrastRows(positive, matMul(query, scaled, false, true), candidatesOf(level, mode));
    });
    return reduce(div(addN(perLevel), levels.length) as Tensor1D, reduction);
  });
}

function requireLevel(name: string, level: PrototypeLevel, n: number, d: number): void {
  const { centroids, concentration, positives, keep, alive, used } = level;
  requireTensor('pcsc', `${name}.centroids`, centroids, ['K', d]);
  const k = centroids.shape[0];
  requireTensor('pcsc', `${name}.concentration`, concentration, [k]);
  requireTensor('pcsc', `${name}.positives`, positives, [n], ['int32']);
  if (keep) requireMask('pcsc', `${name}.keep`, keep, [n, k]);
  if (alive) requireTensor('pcsc', `${name}.alive`, alive, [k]);
  if (used !== undefined && !(Number.isInteger(used) && used >= 0 && used <= k)) {
    throw new RangeError(`Cannot compute pcsc: needed ${name}.used as an integer from 0 to ${k}, got ${used}`);
  }
}

function candidatesOf({ centroids, positives, keep, alive, used }: PrototypeLevel, mode: MaskMode): CandidateMask {
  const k = centroids.shape[0];
  const ids = range(0, k, 1, 'int32');
  const amongLiving = (candidates: Tensor) =>
    alive ? logicalAnd(candidates, reshape(cast(alive, 'bool'), [1, k])) : candidates;
  const notOwn = amongLiving(notEqual(reshape(ids, [1, k]), reshape(positives, [-1, 1])));
  if (mode === 'paper') return { present: keep ? logicalAnd(notOwn, cast(keep, 'bool')) : notOwn };
  const nobodysPositive = all(notOwn, 0, true);
  const candidates = logicalAnd(nobodysPositive, less(reshape(ids, [1, k]), used ?? k - 1));
  return keep ? { present: candidates, gate: cast(keep, 'float32') } : { present: candidates };
}
