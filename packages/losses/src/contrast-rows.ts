import {
  add,
  customGrad,
  div,
  type GradSaveFunc,
  matMul,
  maximum,
  mul,
  reshape,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  transpose,
} from '@tensorflow/tfjs-core';
import { type BlockedLogits, contrastBlocks } from './contrast-blocks.js';
import type { Overlays } from './overlay.js';
import { rowSums, rowValues, slopes, TINY } from './row-sums.js';

/** Logits `rows · candidatesᵀ`, `[N, M]`: as a matrix, or still to be computed block by block. */
export type Logits = Tensor2D | BlockedLogits;

/** The logits of rows `[N, D]` against candidates `[M, D]`, which may be the rows themselves. */
export function logitsOf(rows: Tensor2D, candidates: Tensor2D, blockSize = Number.POSITIVE_INFINITY): Logits {
  if (blockSize < candidates.shape[0]) return { rows, candidates, blockSize };
  return rows === candidates ? gram(rows) : (matMul(rows, candidates, false, true) as Tensor2D);
}

/** x·xᵀ, with one product in the backward pass instead of two. */
const gram = customGrad((...args) => {
  const [x, save] = args as unknown as [Tensor2D, GradSaveFunc];
  save([x]);
  return {
    value: matMul(x, x, false, true),
    gradFunc: (dy: Tensor, [saved]: Tensor[]) => matMul(add(dy, transpose(dy)), saved!),
  };
}) as (x: Tensor2D) => Tensor2D;

/**
 * log Σ_j w_j exp(z_j) − Σ_j t_j z_j of every row: what all losses are made of.
 *
 * The row's largest logit is subtracted first. The derivative is written out, ∂/∂z_j = p_j − t_j with p the softmax: it
 * costs one pass over `[N, M]`, and no masked logit can bring in a NaN. A row without a candidate gets a value below
 * `NOBODY`, and p = 0. It serves first derivatives only.
 *
 * @returns `[N]` float32.
 */
export function contrastRows(logits: Logits, overlays: Overlays): Tensor1D {
  if ('blockSize' in logits) return contrastBlocks(logits, overlays);
  const rows = customGrad((...args) => {
    const [z, save] = args as unknown as [Tensor2D, GradSaveFunc];
    const overlay = overlays.at(overlays.given, 0, z.shape[1]);
    const { gate, target } = overlay;
    const sums = rowSums(z, overlay);
    save([sums.exps, sums.total, ...(gate ? [gate] : []), ...(target ? [target] : [])]);
    return {
      value: rowValues(sums),
      gradFunc: (dy: Tensor, [exps, total, ...rest]: Tensor[]) => {
        const slope = reshape(dy, [-1, 1]);
        const saved = { gate: gate && rest.shift(), target: target && rest.shift() };
        return slopes(mul(exps!, div(slope, maximum(total!, TINY))), saved, slope);
      },
    };
  });
  return rows(logits) as Tensor1D;
}
