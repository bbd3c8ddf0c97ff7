import { cast, logicalAnd, logicalOr, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { againstPositive } from './against-positive.js';
import { isPartner, notSelf } from './batch-places.js';
import { contrastRows } from './contrast-rows.js';
import type { Reduced, Reduction } from './options.js';
import { type Averaging, overPositives } from './over-positives.js';
import { columns, type Given } from './overlay.js';
import { reduced } from './reduced.js';
import { requireThat } from './require-that.js';
import { requireViewPair, strangers, type ViewPairOptions, viewPairLogits } from './view-pair.js';

/** Options of {@link ntXent}. */
export interface NTXentOptions<R extends Reduction = 'mean'> extends ViewPairOptions<R> {
  /** τ; default 0.1 (SimCLR on ImageNet; 0.5 on CIFAR-10). */
  temperature?: number;
  /**
   * Positives besides a row's other view: pairs `[i, j]` of images whose views are all each other's positives, or a mask
   * `[2N, 2N]` of 0 and 1 (float32, int32 or bool). In a compiled step pairs become constants: give a mask there.
   */
  positives?: Tensor2D | readonly (readonly [number, number])[];
  /** How several positives of a row become one number; default `'out'`. */
  averaging?: Averaging;
}

/**
 * NT-Xent of two views of a batch: every row against its other view, with all other rows of both views as negatives.
 *
 * For row i of the 2N, with partner p, −log( exp(u_i·u_p/τ) / Σ_{a ≠ i} exp(u_i·u_a/τ) ). Source: Chen et al., SimCLR,
 * ICML 2020, eq. 1; with more positives, L_out and L_in of Khosla et al., NeurIPS 2020, eq. 2 and 3. Gradients flow to
 * both views. `keep` rejects negatives only, never a positive. A row that has no negative left has, with one positive,
 * loss 0 and gradient 0. Inputs are not disposed; the caller disposes the result.
 *
 * @param first u_0 … u_{N−1}, `[N, D]` float32, L2-normalised.
 * @param second u_N … u_{2N−1}, `[N, D]` float32, L2-normalised; row i is the other view of row i of `first`.
 * @returns A scalar, or for `reduction: 'none'` `[2N]`, the rows of `first` before those of `second`.
 * @throws TypeError for a wrong rank, dtype or option; RangeError for sizes that do not fit, an empty tensor, pairs of
 * images that are not there, a temperature that is not above 0, and (with `check`) rows that are not of unit length,
 * NaN, or a mask value other than 0 and 1.
 *
 * @example
 * ```ts
 * const loss = ntXent(first, second, { temperature: 0.5, positives: [[0, 2]] });
 * ```
 */
export function ntXent<R extends Reduction = 'mean'>(
  first: Tensor2D,
  second: Tensor2D,
  options: NTXentOptions<R> = {},
): Reduced<R> {
  const { temperature = 0.1, positives: given, averaging = 'out', keep } = options;
  const pairs = Array.isArray(given) ? (given as readonly (readonly [number, number])[]) : undefined;
  const mask = pairs ? undefined : (given as Tensor2D | undefined);
  requireViewPair('ntXent', first, second, options, { keep, positives: mask });
  const rows = 2 * first.shape[0];

  return reduced(options, () => {
    const extra = pairs?.length ? maskOfPairs(pairs, rows / 2) : mask;
    const { partner, others } = viewPairLogits(first, second, temperature, options.blockSize);
    if (!extra) return againstPositive(contrastRows(others, strangers(rows, options), partner));
    const positives = (given: Given, from: number, size: number) =>
      logicalAnd(
        notSelf(rows, from, size),
        logicalOr(isPartner(rows, from, size), cast(columns(given.extra!, from, size), 'bool')),
      );
    const at = (given: Given, from: number, size: number) => {
      const present = notSelf(rows, from, size);
      if (!given.keep) return { present };
      const kept = logicalOr(cast(columns(given.keep, from, size), 'bool'), positives(given, from, size));
      return options.mode === 'reference'
        ? { present, gate: cast(kept, 'float32') }
        : { present: logicalAnd(present, kept) };
    };
    return overPositives(others, { given: { keep, extra }, at, positives }, averaging);
  });
}

/** All views of both images of a pair are each other's positives. */
function maskOfPairs(pairs: readonly (readonly [number, number])[], images: number): Tensor2D {
  const rows = 2 * images;
  const mask = new Uint8Array(rows * rows);
  for (const pair of pairs) {
    const fits = pair?.length === 2 && pair.every((image) => Number.isInteger(image) && image >= 0 && image < images);
    requireThat(fits, 'ntXent', `positives as pairs of images from 0 to ${images - 1}`, `[${pair}]`);
    const [i, j] = pair;
    for (const a of [i, i + images]) {
      for (const b of [j, j + images]) mask[a * rows + b] = mask[b * rows + a] = 1;
    }
  }
  return tensor2d(mask, [rows, rows], 'bool');
}
