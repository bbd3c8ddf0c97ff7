import {
  add,
  customGrad,
  type GradSaveFunc,
  matMul,
  neg,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  transpose,
} from '@tensorflow/tfjs-core';
import { type BlockedLogits, contrastBlocks } from './contrast-blocks.js';
import type { Overlays } from './overlay.js';
import { rowSums, rowValues, slopes } from './row-sums.js';

/** Logits `rows · candidatesᵀ`, `[N, M]`: as a matrix, or still to be computed block by block. */
export type Logits = Tensor2D | BlockedLogits;

/** The logits of rows `[N, D]` against candidates `[M, D]`, which may be the rows themselves. */
export function logitsOf(rows: Tensor2D, candidates: Tensor2D, blockSize?: number): Logits {
  if (blockSize && blockSize < candidates.shape[0]) return { rows, candidates, blockSize };
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
 * log Σ_j w_j exp(z_j) − Σ_j t_j z_j of every row, or − z⁺ of a positive: what all losses are made of.
 *
 * The row's largest logit is subtracted first. The derivative is written out, ∂/∂z_j = p_j − t_j with p the softmax: it
 * costs one pass over `[N, M]`, and no masked logit can bring in a NaN. A row without a candidate gets a value below
 * `NOBODY`, and p = 0. It serves first derivatives only.
 *
 * @param positive z⁺, `[N]`, for overlays without a target.
 * @returns `[N]` float32.
 */
export function contrastRows(logits: Logits, overlays: Overlays, positive?: Tensor1D): Tensor1D {
  if ('blockSize' in logits) return contrastBlocks(logits, overlays, positive);
  const inputs = positive ? [logits, positive] : [logits];
  const rows = customGrad((...args) => {
    const save = args.pop() as unknown as GradSaveFunc;
    const [z, own] = args as [Tensor2D, Tensor1D?];
    const overlay = overlays.at(overlays.given, 0, z.shape[1]);
    const { gate, target } = overlay;
    const sums = rowSums(z, overlay);
    save([sums.exps, sums.total, ...(gate ? [gate] : []), ...(target ? [target] : [])]);
    return {
      value: rowValues(sums, own),
      gradFunc: (dy: Tensor, [exps, total, ...rest]: Tensor[]) => {
        const saved = { gate: gate && rest.shift(), target: target && rest.shift() };
        return [slopes(dy, exps!, total!, saved), ...(own ? [neg(dy)] : [])];
      },
    };
  });
  return rows(...inputs) as Tensor1D;
}
