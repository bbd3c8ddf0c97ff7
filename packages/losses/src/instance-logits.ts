import { div, mul, sum, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { type Logits, logitsOf } from './contrast-rows.js';

/** The logits q·k/τ `[N]` and q·n/τ `[N, M]`: one product, however many masks are laid over it. */
export function instanceLogits(
  query: Tensor2D,
  key: Tensor2D,
  negatives: Tensor2D,
  temperature: number,
  blockSize?: number,
): { positive: Tensor1D; negative: Logits } {
  const q = div(query, temperature) as Tensor2D;
  return { positive: sum(mul(q, key), 1), negative: logitsOf(q, negatives, blockSize) };
}
