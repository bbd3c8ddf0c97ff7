import { customGrad, scalar, type Tensor, tidy, zerosLike } from '@tensorflow/tfjs-core';

/**
 * Computes something that no gradient flows through, also while a gradient is recorded: masks are made with operations that
 * have none (comparisons, top-k), and would make the gradient of a loss throw.
 */
export function withoutGradient(compute: () => Tensor): Tensor {
  const constant = customGrad((unused) => ({
    value: compute(),
    gradFunc: () => [zerosLike(unused as Tensor)],
  }));
  return tidy(() => constant(scalar(0)));
}
