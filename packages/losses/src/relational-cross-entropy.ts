import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { finite, unitRows } from './kinds.js';
import type { BaseLossOptions, Reduced, Reduction } from './options.js';
import { reduced } from './reduced.js';
import { relationRows } from './relation-rows.js';
import { requireArguments } from './require-arguments.js';
import { requireTemperature } from './require-options.js';

/** Options of {@link relationalCrossEntropy}. */
export interface RelationalCrossEntropyOptions<R extends Reduction = 'mean'> extends BaseLossOptions<R> {
  /** τ_s; default 0.1 (ReSSL). */
  studentTemperature?: number;
  /** τ_t; default 0.04 (ReSSL): sharper than the student's. */
  teacherTemperature?: number;
  /** `[M, D′]` float32, L2-normalised: what the teacher is compared with, entry by entry the queue's images; default `queue`. */
  teacherQueue?: Tensor2D;
  /** `[M]` float32, subtracted from the teacher's similarities (see {@link nextCenter}); absent: nothing. */
  center?: Tensor1D | undefined;
}

/**
 * Relational cross-entropy: the student's similarities to a queue shall be distributed as the teacher's are.
 *
 * Per row −Σ_j p_j log s_j, with s = softmax(q·n/τ_s), p = softmax((k·n′ − center)/τ_t). Source: Zheng et al., ReSSL,
 * NeurIPS 2021, eq. 3 to 5, and each direction of CGH. It has no positives and no masks; its least value is the entropy of
 * p, not 0. Gradients flow to the student and to the queue, none to the teacher, its queue or the center. Inputs are not
 * disposed; the caller disposes the result.
 *
 * @param student q, `[N, D]` float32, L2-normalised.
 * @param teacher k, `[N, D′]` float32, L2-normalised; row i is another view of row i of `student`.
 * @param queue n, `[M, D]` float32, L2-normalised.
 * @returns A scalar, or `[N]` for `reduction: 'none'`.
 * @throws TypeError for a wrong rank, dtype or option; RangeError for sizes that do not fit, an empty tensor, a
 * temperature that is not above 0, and (with `check`) rows that are not of unit length, or NaN.
 *
 * @example
 * ```ts
 * const loss = relationalCrossEntropy(query, key, queue, { teacherTemperature: 0.05 });
 * ```
 */
export function relationalCrossEntropy<R extends Reduction = 'mean'>(
  student: Tensor2D,
  teacher: Tensor2D,
  queue: Tensor2D,
  options: RelationalCrossEntropyOptions<R> = {},
): Reduced<R> {
  const loss = 'relationalCrossEntropy';
  const { studentTemperature = 0.1, teacherTemperature = 0.04, teacherQueue = queue, center } = options;
  requireTemperature(loss, studentTemperature, 'studentTemperature');
  requireTemperature(loss, teacherTemperature, 'teacherTemperature');
  const own = teacherQueue !== queue;
  requireArguments(loss, options, [
    ['student', student, 'N D', unitRows],
    ['queue', queue, 'M D', unitRows],
    ['teacher', teacher, own ? 'N T' : 'N D', unitRows],
    own ? ['teacherQueue', teacherQueue, 'M T', unitRows] : undefined,
    center && ['center', center, 'M', finite],
  ]);
  return reduced(options, () =>
    relationRows(
      { rows: student, queue, temperature: studentTemperature },
      { rows: teacher, queue: teacherQueue, temperature: teacherTemperature, center },
      options.blockSize,
    ),
  );
}
