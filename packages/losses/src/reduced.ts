import { mean, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { BaseLossOptions, Reduced, Reduction } from './options.js';

/** Computes the rows' losses `[N]` and reduces them, by default to their mean; nothing else stays. */
export function reduced<R extends Reduction>({ reduction }: BaseLossOptions<R>, rows: () => Tensor): Reduced<R> {
  return tidy(() => (reduction === 'none' ? rows() : (reduction === 'sum' ? sum : mean)(rows()))) as Reduced<R>;
}
