import { customGrad, type Tensor } from '@tensorflow/tfjs-core';

/** Computes a constant: no gradient flows through it, and nothing of it is kept for one. */
export function offTape<T extends Tensor>(compute: () => T): T {
  return customGrad(() => ({ value: compute(), gradFunc: () => [] }))() as T;
}
