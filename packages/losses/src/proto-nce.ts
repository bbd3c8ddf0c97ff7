import {
  addN,
  all,
  concat,
  div,
  eye,
  gather,
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
import { idsBelow, positiveValues, unitRows } from './value-rules.js';

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
 * and (with `check`) rows that are not of unit length, NaN, φ not above 0, or ids out of range.
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
  levels.forEach(({ centroids, concentration, positives, negatives }, l) => {
    requireTensor('protoNCE', `levels[${l}].centroids`, centroids, ['K', d]);
    requireTensor('protoNCE', `levels[${l}].concentration`, concentration, [centroids.shape[0]]);
    requireTensor('protoNCE', `levels[${l}].positives`, positives, [n], ['int32']);
    if (negatives) requireTensor('protoNCE', `levels[${l}].negatives`, negatives, ['R'], ['int32']);
  });
  requireGradients('protoNCE');
  if (check) {
    checkValues('protoNCE', [
      unitRows('query', query),
      ...levels.flatMap(({ centroids, concentration, positives, negatives }, l) => [
        unitRows(`levels[${l}].centroids`, centroids),
        positiveValues(`levels[${l}].concentration`, concentration),
        idsBelow(`levels[${l}].positives`, positives, centroids.shape[0]),
        ...(negatives ? [idsBelow(`levels[${l}].negatives`, negatives, centroids.shape[0])] : []),
      ]),
    ]);
  }

  return tidy(() => {
    const perLevel = levels.map(({ centroids, concentration, positives, negatives }) => {
      const scaled = div(centroids, reshape(concentration, [-1, 1])) as Tensor2D;
      const own = gather(scaled, positives);
      const sampled = negatives ? gather(scaled, negatives) : scaled;
      const ids = negatives ?? range(0, centroids.shape[0], 1, 'int32');
      const notOwn = notEqual(reshape(ids, [1, -1]), reshape(positives, [-1, 1]));
      const positive = sum(mul(query, own), 1, true);
      if (mode === 'paper') {
        return contrastRows(positive, matMul(query, sampled, false, true), { present: notOwn });
      }
      const logits = matMul(query, concat([own, sampled]), false, true);
      return contrastRows(positive, logits, { present: referenceCandidates(notOwn, negatives !== undefined) });
    });
    return reduce(div(addN(perLevel), levels.length) as Tensor1D, reduction);
  });
}

/** `[N, N + R]`: every other row's positive, then the sampled negatives as given, or those nobody has as positive. */
function referenceCandidates(notOwn: Tensor, given: boolean): Tensor {
  const [n, r] = notOwn.shape as [number, number];
  const otherRows = logicalNot(eye(n, n, undefined, 'bool'));
  const sampled = given ? ones([n, r], 'bool') : tile(all(notOwn, 0, true), [n, 1]);
  return concat([otherRows, sampled], 1);
}
