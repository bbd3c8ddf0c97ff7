import { add, matMul, mul, reshape, sum, type Tensor1D, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { finite, unitRows } from './kinds.js';
import { requireArguments } from './require-arguments.js';
import { requireThat } from './require-that.js';

/** Options of {@link nextCenter}. */
export interface NextCenterOptions {
  /** What stays of the old center; default 0.9 (CGH). */
  momentum?: number;
  /** New is the batch's mean (`'paper'`, the default), or its sum, as in CGH's code on one device (`'reference'`). */
  mode?: 'paper' | 'reference';
}

/**
 * Moves a center towards the teacher's similarities to its queue: m · center + (1 − m) · mean_i k_i·n_j.
 *
 * Source: CGH, WACV 2024. Call it after the loss, outside of the gradient; keep the result for the next step. Inputs are
 * not disposed; the caller disposes the result.
 *
 * @param center `[M]` float32; at first zeros.
 * @param teacher k, `[N, D]` float32.
 * @param queue n, `[M, D]` float32.
 * @returns `[M]` float32.
 * @throws TypeError for a wrong rank, dtype or mode; RangeError for sizes that do not fit or a momentum outside 0 … 1.
 *
 * @example
 * ```ts
 * const next = nextCenter(center, key, queue);
 * ```
 */
export function nextCenter(
  center: Tensor1D,
  teacher: Tensor2D,
  queue: Tensor2D,
  { momentum = 0.9, mode = 'paper' }: NextCenterOptions = {},
): Tensor1D {
  requireArguments('nextCenter', { mode, check: false }, [
    ['teacher', teacher, 'N D', unitRows],
    ['queue', queue, 'M D', unitRows],
    ['center', center, 'M', finite],
  ]);
  requireThat(momentum >= 0 && momentum <= 1, 'nextCenter', 'momentum from 0 to 1', momentum);
  const share = (1 - momentum) / (mode === 'paper' ? teacher.shape[0] : 1);
  return tidy(() => {
    const similarities = reshape(matMul(queue, reshape(sum(teacher, 0), [-1, 1])), [-1]);
    return add(mul(center, momentum), mul(similarities, share)) as Tensor1D;
  });
}
