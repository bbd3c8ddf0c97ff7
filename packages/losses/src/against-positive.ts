import { greater, softplus, type Tensor1D, where, zerosLike } from '@tensorflow/tfjs-core';
import { offTape } from './off-tape.js';
import { NOBODY } from './row-sums.js';

/**
 * −log( exp(z⁺) / (exp(z⁺) + Σ_j exp(z_j)) ) of every row, the softplus of its margin log Σ_j exp(z_j) − z⁺.
 *
 * Without a negative it is 0, with gradient 0.
 */
export function againstPositive(margin: Tensor1D): Tensor1D {
  return softplus(margin) as Tensor1D;
}

/** The margin itself: the positive is not in the denominator. Without a negative it is 0, with gradient 0. */
export function decoupled(margin: Tensor1D): Tensor1D {
  const has = offTape(() => greater(margin, NOBODY));
  return where(has, margin, zerosLike(margin)) as Tensor1D;
}
