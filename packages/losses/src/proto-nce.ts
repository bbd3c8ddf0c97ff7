import {
  addN,
  all,
  cast,
  concat,
  div,
  eye,
  gather,
  logicalAnd,
  logicalNot,
  matMul,
  mul,
  notEqual,
  ones,
  range,
  reshape,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
  tile,
} from '@tensorflow/tfjs-core';
import { checkValues } from './check-values.js';
import { contrastRows } from './contrast-rows.js';
import type { LossOptions, Reduced, Reduction } from './options.js';
import { reduce } from './reduce.js';
import { requireGradients } from './require-gradients.js';
import { requireChoices, requireLevels } from './require-options.js';
import { requireTensor } from './require-tensor.js';
import { idsBelow, livingIds, positiveValues, unitRows, zeroOrOne } from './value-rules.js';

/** The prototypes of one clustering, as {@link protoNCE} needs them. */
export interface ProtoNCELevel {
  /** c, `[K, D]` float32, L2-normalised. */
  readonly centroids: Tensor2D;
  /** φ, `[K]` float32, above 0: each prototype's own temperature. */
  readonly concentration: Tensor1D;
  /** `[N]` int32: the prototype of each query, its positive. */
  readonly positives: Tensor1D;
  /**
   * `[R]` int32: the ids of the sampled negatives, shared by the batch. Absent: all prototypes that are nobody's
   * positive in the batch (`'reference'`), or all but the query's own (`'paper'`).
   */
  readonly negatives?: Tensor1D;
  /**
   * `[K]` float32 of 0 and 1: 0 for prototypes that were dropped, which are never negatives, not even sampled ones; null or
   * absent: all may be.
   */
  readonly alive?: Tensor1D | null;
}

/** Options of {@link protoNCE}. */
export type ProtoNCEOptions<R extends Reduction = 'mean'> = LossOptions<R>;

/**
 * The prototype part of PCL's ProtoNCE: queries against their prototype and sampled other prototypes, each with its own
 * temperature φ, averaged over the clusterings. PCL's whole loss is `infoNCE(…) + protoNCE(…)`.
 *
 * Per clustering, −log( exp(q·c⁺/φ_{c⁺}) / (exp(q·c⁺/φ_{c⁺}) + Σ_j exp(q·c_j/φ_{c_j})) ). Source: Li et al., PCL, ICLR
 * 2021, eq. 11. `mode: 'paper'`: j runs over the sampled negatives, without the query's own prototype.
 * `mode: 'reference'`, as in the official code: the positives of the other rows are negatives too, also where they are
 * the query's own prototype. A row without a negative has loss 0 and gradient 0. Inputs are not disposed; the caller
 * disposes the result.
 *
 * @param query q, `[N, D]` float32, L2-normalised.
 * @param levels At least one clustering.
 * @returns A scalar, or `[N]` for `reduction: 'none'`.
 * @throws TypeError for a wrong rank, dtype or option; RangeError for no level, sizes that do not fit, an empty tensor,
 * and (with `check`) rows that are not of unit length, NaN, φ not above 0, ids out of range, an
 * `alive` other than 0 and 1, or a positive that was dropped.
 *
 * @example
 * ```ts
 * const levels = [{ centroids, concentration, positives, negatives }];
 * const loss = tf.add(infoNCE(query, key, queue), protoNCE(query, levels));
 * ```
 */
export function protoNCE<R extends Reduction = 'mean'>(
  query: Tensor2D,
  levels: readonly ProtoNCELevel[],
  options: ProtoNCEOptions<R> = {},
): Reduced<R> {
  const { mode = 'paper', reduction = 'mean' as R, check = true } = options;
  requireChoices('protoNCE', mode, reduction);
  requireTensor('protoNCE', 'query', query, ['N', 'D']);
  const [n, d] = query.shape;
  requireLevels('protoNCE', 'levels', levels);
  levels.forEach(({ centroids, concentration, positives, negatives, alive }, l) => {
    requireTensor('protoNCE', `levels[${l}].centroids`, centroids, ['K', d]);
    requireTensor('protoNCE', `levels[${l}].concentration`, concentration, [centroids.shape[0]]);
    requireTensor('protoNCE', `levels[${l}].positives`, positives, [n], ['int32']);
    if (negatives) requireTensor('protoNCE', `levels[${l}].negatives`, negatives, ['R'], ['int32']);
    if (alive) requireTensor('protoNCE', `levels[${l}].alive`, alive, [centroids.shape[0]]);
  });
  requireGradients('protoNCE');
  if (check) {
    checkValues('protoNCE', [
      unitRows('query', query),
      ...levels.flatMap(({ centroids, concentration, positives, negatives, alive }, l) => [
        unitRows(`levels[${l}].centroids`, centroids),
        positiveValues(`levels[${l}].concentration`, concentration),
        idsBelow(`levels[${l}].positives`, positives, centroids.shape[0]),
        ...(negatives ? [idsBelow(`levels[${l}].negatives`, negatives, centroids.shape[0])] : []),
        ...(alive
          ? [zeroOrOne(`levels[${l}].alive`, alive), livingIds(`levels[${l}].positives`, positives, alive)]
          : []),
      ]),
    ]);
  }

  return tidy(() => {
    const perLevel = levels.map(({ centroids, concentration, positives, negatives, alive }) => {
      const scaled = div(centroids, reshape(concentration, [-1, 1])) as Tensor2D;
      const own = gather(scaled, positives);
      const sampled = negatives ? gather(scaled, negatives) : scaled;
      const ids = negatives ?? range(0, centroids.shape[0], 1, 'int32');
      const notOwn = notEqual(reshape(ids, [1, -1]), reshape(positives, [-1, 1]));
      const living = alive && reshape(cast(negatives ? gather(alive, negatives) : alive, 'bool'), [1, -1]);
      const positive = sum(mul(query, own), 1, true);
      if (mode === 'paper') {
        const present = living ? logicalAnd(notOwn, living) : notOwn;
        return contrastRows(positive, matMul(query, sampled, false, true), { present });
      }
      const logits = matMul(query, concat([own, sampled]), false, true);
      return contrastRows(positive, logits, { present: referenceCandidates(notOwn, negatives !== undefined, living) });
    });
    return reduce(div(addN(perLevel), levels.length) as Tensor1D, reduction);
  });
}

/** `[N, N + R]`: every other row's positive, then the living of the sampled negatives as given, or of those nobody has. */
function referenceCandidates(notOwn: Tensor, given: boolean, living: Tensor | null | undefined): Tensor {
  const [n, r] = notOwn.shape as [number, number];
  const otherRows = logicalNot(eye(n, n, undefined, 'bool'));
  const sampled = given ? ones([n, r], 'bool') : tile(all(notOwn, 0, true), [n, 1]);
  return concat([otherRows, living ? logicalAnd(sampled, living) : sampled], 1);
}
