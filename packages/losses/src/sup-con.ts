import {
  div,
  equal,
  logicalAnd,
  reshape,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  tile,
} from '@tensorflow/tfjs-core';
import { notSelf } from './batch-places.js';
import { logitsOf } from './contrast-rows.js';
import { integers, unitRows } from './kinds.js';
import type { BaseLossOptions, Reduced, Reduction } from './options.js';
import { type Averaging, overPositives } from './over-positives.js';
import { columns, type Given } from './overlay.js';
import { reduced } from './reduced.js';
import { requireArguments } from './require-arguments.js';
import { requireTemperature } from './require-options.js';

/** Options of {@link supCon}. */
export interface SupConOptions<R extends Reduction = 'mean'> extends BaseLossOptions<R> {
  /** τ; default 0.1 (SupCon). */
  temperature?: number;
  /** How several positives of a row become one number; default `'out'` (SupCon's choice). */
  averaging?: Averaging;
}

/**
 * Supervised contrastive loss: rows of the same label are each other's positives, all other rows negatives.
 *
 * For row i, with P the other rows of its label, −1/|P| Σ_p log( exp(u_i·u_p/τ) / Σ_{a ≠ i} exp(u_i·u_a/τ) ). Source:
 * Khosla et al., Supervised Contrastive Learning, NeurIPS 2020, eq. 2 (`averaging: 'in'`: eq. 3). A row that is alone
 * with its label has loss 0 and gradient 0, and counts in the mean. Inputs are not disposed; the caller disposes the
 * result.
 *
 * @param features u, `[N, D]` float32, or `[N, V, D]` for V views of each image; L2-normalised.
 * @param labels `[N]` int32, any numbers.
 * @returns A scalar, or for `reduction: 'none'` `[N]`, with views `[N·V]`, image by image.
 * @throws TypeError for a wrong rank, dtype or option; RangeError for sizes that do not fit, an empty tensor, a
 * temperature that is not above 0, and (with `check`) rows that are not of unit length, or NaN.
 *
 * @example
 * ```ts
 * const loss = supCon(features, tf.tensor1d([0, 1, 0, 2], 'int32'));
 * ```
 */
export function supCon<R extends Reduction = 'mean'>(
  features: Tensor2D | Tensor3D,
  labels: Tensor1D,
  options: SupConOptions<R> = {},
): Reduced<R> {
  const { temperature = 0.1, averaging = 'out' } = options;
  requireTemperature('supCon', temperature);
  requireArguments('supCon', options, [
    ['features', features, features?.shape?.length === 3 ? 'N V D' : 'N D', unitRows],
    ['labels', labels, 'N', integers],
  ]);
  const [n, d] = [features.shape[0], features.shape.at(-1)!];
  const rows = features.size / d;

  return reduced(options, () => {
    const x = div(reshape(features, [rows, d]), Math.sqrt(temperature)) as Tensor2D;
    const given = { labels: reshape(tile(reshape(labels, [n, 1]), [1, rows / n]), [1, rows]) };
    const at = (_: Given, from: number, size: number) => ({ present: notSelf(rows, from, size) });
    const positives = (names: Given, from: number, size: number) =>
      logicalAnd(
        notSelf(rows, from, size),
        equal(columns(names.labels!, from, size), reshape(names.labels!, [rows, 1])),
      );
    return overPositives(logitsOf(x, x, options.blockSize), { given, at, positives }, averaging);
  });
}
