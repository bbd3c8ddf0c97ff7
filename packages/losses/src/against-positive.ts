import { greater, mul, softplus, sub, type Tensor, type Tensor1D, where, zerosLike } from '@tensorflow/tfjs-core';
import { offTape } from './off-tape.js';
import { NOBODY } from './row-sums.js';

/**
 * −log( exp(z⁺) / (exp(z⁺) + Σ_j exp(z_j)) ) of every row, from log Σ_j exp(z_j) of its negatives and z⁺: the softplus of
 * their difference. Without a negative it is 0, with gradient 0.
 */
export function againstPositive(others: Tensor1D, positive: Tensor1D): Tensor1D {
  return softplus(sub(others, positive)) as Tensor1D;
}

/** −w z⁺ + log Σ_j exp(z_j) of every row: the positive is not in the denominator. Without a negative it is 0. */
export function decoupled(others: Tensor1D, positive: Tensor1D, weight: Tensor | number = 1): Tensor1D {
  const has = offTape(() => greater(others, NOBODY));
  return where(has, sub(others, mul(weight, positive)), zerosLike(others)) as Tensor1D;
}
