import {
  all,
  cast,
  concat,
  gather,
  less,
  logicalOr,
  notEqual,
  range,
  reshape,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { columnIds, notSelf } from './batch-places.js';
import { idsBelow } from './kinds.js';
import type { LossOptions, Reduced, Reduction } from './options.js';
import { allOf, columns, type Overlays } from './overlay.js';
import { type Prototypes, prototypeContrast } from './prototype-contrast.js';

/** The prototypes of one clustering, as {@link protoNCE} needs them. */
export interface ProtoNCELevel extends Prototypes {
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
  return prototypeContrast(
    'protoNCE',
    query,
    levels,
    options,
    ({ negatives }, name, k) => negatives && [`${name}.negatives`, negatives, `R${k}`, idsBelow(k)],
    ({ centroids, positives, negatives, alive }, scaled) => {
      const n = positives.shape[0];
      const paper = options.mode !== 'reference';
      const sampled = negatives ?? (range(0, centroids.shape[0], 1, 'int32') as Tensor1D);
      // In reference mode the candidates begin with the positives of the batch's rows.
      const ids = paper ? sampled : concat([positives, sampled]);
      const living = alive ? reshape(gather(alive, ids), [1, -1]) : undefined;
      const overlays: Overlays = {
        given: { positives, ids: reshape(ids, [1, -1]), living },
        at: (given, from, size) => {
          const notOwn = notEqual(columns(given.ids!, from, size), reshape(given.positives!, [-1, 1]));
          const living = given.living && cast(columns(given.living, from, size), 'bool');
          if (paper) return { present: allOf([notOwn, living]) };
          const nobodys = negatives ? undefined : logicalOr(less(columnIds(from, size), n), all(notOwn, 0, true));
          return { present: allOf([notSelf(n, from, size), nobodys, living]) };
        },
      };
      return { candidates: gather(scaled, ids), overlays };
    },
  );
}
