import { cast, greater, logicalAnd, slice, type Tensor } from '@tensorflow/tfjs-core';
import type { MaskMode } from './options.js';

/** What is laid over a block of logits `[N, m]`; each part may be broadcast, and none gets a gradient. */
export interface Overlay {
  /** float32: logits are multiplied by it. */
  gate?: Tensor | undefined;
  /** float32, then added. */
  offset?: Tensor | undefined;
  /** bool; false: not in the denominator. */
  present?: Tensor | undefined;
  /** float32, 0 or above: their exponentials are multiplied by it; where it is 0, `present` must be false. */
  weights?: Tensor | undefined;
  /** float32 t: the row's loss loses Σ_j t_j z_j. */
  target?: Tensor | undefined;
}

/** Tensors by name that an overlay is made of. */
export type Given = Readonly<Record<string, Tensor | undefined>>;

/**
 * Makes the overlay of the candidates `from … from + size − 1`.
 *
 * It may look at `given` only and at no other tensor: a backward pass calls it long after tensors that nobody saved are
 * gone.
 */
export interface Overlays {
  readonly given: Given;
  at(given: Given, from: number, size: number): Overlay;
}

/** The columns `from … from + size − 1` of a matrix. */
export function columns(matrix: Tensor, from: number, size: number): Tensor {
  return matrix.shape[1] === size ? matrix : slice(matrix, [0, from], [-1, size]);
}

/** Where all of the bool masks that there are are true; undefined if there is none. */
export function allOf(masks: readonly (Tensor | undefined)[]): Tensor | undefined {
  return masks.reduce((a, b) => (a && b ? logicalAnd(a, b) : (a ?? b)), undefined);
}

/** A keep-mask `[N, M]` as `mode` reads it (default `'paper'`), and weights `[N, M]` of the exponentials. */
export function keeping(mode: MaskMode | undefined, keep?: Tensor, weights?: Tensor): Overlays {
  return {
    given: { keep, weights },
    at: (given, from, size) => {
      const part = given.keep && columns(given.keep, from, size);
      const weights = given.weights && columns(given.weights, from, size);
      const counts = weights && greater(weights, 0);
      if (part && mode === 'reference') return { gate: cast(part, 'float32'), weights, present: counts };
      return { weights, present: allOf([counts, part && cast(part, 'bool')]) };
    },
  };
}
