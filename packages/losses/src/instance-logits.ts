import { div, matMul, mul, sum, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';

/** The logits q·k/τ `[N, 1]` and q·n/τ `[N, M]`: one product, however many masks are laid over it. */
export function instanceLogits(
  query: Tensor2D,
  key: Tensor2D,
  negatives: Tensor2D,
  temperature: number,
): { positive: Tensor; negative: Tensor } {
  const q = div(query, temperature);
  return { positive: sum(mul(q, key), 1, true), negative: matMul(q, negatives, false, true) };
}
