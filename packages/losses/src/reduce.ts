import { mean, sum, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import type { Reduced, Reduction } from './options.js';

/** Reduces the rows' losses `[N]`; by default to their mean. */
export function reduce<R extends Reduction>(rows: Tensor1D, reduction: R | undefined): Reduced<R> {
  const reduced: Tensor = reduction === 'none' ? rows : reduction === 'sum' ? sum(rows) : mean(rows);
  return reduced as Reduced<R>;
}
