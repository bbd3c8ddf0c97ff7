import {
  add,
  cast,
  customGrad,
  div,
  exp,
  type GradSaveFunc,
  log,
  max,
  maximum,
  mul,
  neg,
  reshape,
  squeeze,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  where,
} from '@tensorflow/tfjs-core';
import type { MaskMode } from './options.js';

/** Below every finite logit, and finite itself, so that no ∞ − ∞ or 0 · ∞ can arise. */
const ABSENT = -3e38;

/** Which candidates are in the denominator, and what their logits are multiplied by; both default to all ones. */
export interface CandidateMask {
  /** bool, broadcastable to `[N, M]`; false: not in the denominator. */
  present?: Tensor;
  /** float32 `[N, M]`; a logit is multiplied by it. */
  gate?: Tensor;
}

/** A keep-mask as `mode` reads it. */
export function maskFor(mode: MaskMode, keep: Tensor2D | undefined): CandidateMask {
  if (!keep) return {};
  return mode === 'paper' ? { present: cast(keep, 'bool') } : { gate: cast(keep, 'float32') };
}

/**
 * The loss of every row, −log( exp(z⁺) / (exp(z⁺) + Σ_j exp(z_j)) ), from the logits of its positive and negatives.
 *
 * The row's largest logit is subtracted first. A row whose negatives are all absent has loss 0 and gradient 0. The
 * derivative is written out (∂/∂z_j = p_j, ∂/∂z⁺ = −Σ p_j, p the softmax): it costs one pass over `[N, M]` and no
 * masked logit can bring in a NaN. It serves first derivatives only.
 *
 * @param positive `[N, 1]` float32.
 * @param negatives `[N, M]` float32.
 * @returns `[N]` float32.
 */
export function contrastRows(positive: Tensor, negatives: Tensor, { present, gate }: CandidateMask): Tensor1D {
  const rows = customGrad((...args) => {
    const [zPositive, zNegatives, save] = args as [Tensor, Tensor, GradSaveFunc];
    const gated = gate ? mul(zNegatives, gate) : zNegatives;
    const z = present ? where(present, gated, ABSENT) : gated;
    const top = maximum(max(z, 1, true), zPositive);
    const exps = exp(sub(z, top));
    const others = sum(exps, 1, true);
    const total = add(others, exp(sub(zPositive, top)));
    save([gate ? mul(exps, gate) : exps, others, total]);
    return {
      value: squeeze(sub(log(total), sub(zPositive, top)), [1]),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [savedExps, savedOthers, savedTotal] = saved as [Tensor, Tensor, Tensor];
        const scale = div(reshape(dy, [-1, 1]), savedTotal);
        return [neg(mul(scale, savedOthers)), mul(scale, savedExps)];
      },
    };
  });
  return rows(positive, negatives) as Tensor1D;
}
