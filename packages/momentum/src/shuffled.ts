import type { Rng } from '@hcsc/random';
import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { rearranged } from './rearranged.js';

/**
 * Runs `forward` on the rows of `x` in random order and puts the rows of its results back (shuffling BN, MoCo section 3.3).
 *
 * By itself it changes nothing, since batch norm does not see the order: it matters where batch norm sees parts of the
 * batch, that is inside {@link inSplits} or with `splits` in `@hcsc/backbones`.
 *
 * @param forward From rows to as many rows: one tensor or several.
 * @param x `[N, …]`.
 * @throws RangeError if forward gives another number of rows.
 *
 * @example
 * ```ts
 * const keys = shuffled((images) => inSplits(key.forward, images, 8), images, rng);
 * ```
 */
export function shuffled<T extends Tensor | Tensor[]>(forward: (x: Tensor) => T, x: Tensor, rng: Rng): T {
  return tidy(() => rearranged(forward, x, rng.permutationTensor(x.shape[0] ?? 0)));
}
