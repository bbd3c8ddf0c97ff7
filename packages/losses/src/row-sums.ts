import {
  add,
  exp,
  log,
  max,
  maximum,
  mul,
  reshape,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  where,
} from '@tensorflow/tfjs-core';
import { ABSENT, type Overlay } from './overlay.js';

/** A row's largest logit is taken to be at least this, so that rows without a candidate stay finite. */
const FLOOR = -1e37;

/** Stands for a sum of nothing where one is divided by, or its logarithm is taken. */
export const TINY = 1e-37;

/** A row whose log-sum-exp is below this has no candidate in its denominator. */
export const NOBODY = FLOOR / 2;

/** What logits add up to in each row; `[N, 1]`, but for `exps` `[N, m]`. */
export interface RowSums {
  /** The largest logit so far. */
  top: Tensor;
  /** exp(z − top) of this block. */
  exps: Tensor;
  /** Σ exp(z − top) so far. */
  total: Tensor;
  /** Σ t z so far; absent without a target. */
  matched: Tensor | undefined;
}

/** The logits under gate, offset and mask. */
export function layOver(z: Tensor, { gate, offset, present }: Overlay): Tensor {
  const gated = gate ? mul(z, gate) : z;
  const weighted = offset ? add(gated, offset) : gated;
  return present ? where(present, weighted, ABSENT) : weighted;
}

/** Adds a block of logits to what came before it: an online log-sum-exp. */
export function rowSums(z: Tensor, overlay: Overlay, before?: RowSums): RowSums {
  const laid = layOver(z, overlay);
  const top = maximum(max(laid, 1, true), before ? before.top : FLOOR);
  const exps = exp(sub(laid, top));
  const total = sum(exps, 1, true);
  const matched = overlay.target && sum(mul(overlay.target, z), 1, true);
  if (!before) return { top, exps, total, matched };
  return {
    top,
    exps,
    total: add(total, mul(before.total, exp(sub(before.top, top)))),
    matched: matched && add(matched, before.matched!),
  };
}

/** log Σ exp(z), `[N, 1]`. */
export function logSumExp({ top, total }: RowSums): Tensor {
  return add(log(maximum(total, TINY)), top);
}

/** log Σ exp(z) − Σ t z, `[N]`. */
export function rowValues(sums: RowSums): Tensor1D {
  const value = logSumExp(sums);
  return reshape(sums.matched ? sub(value, sums.matched) : value, [-1]);
}

/** The derivative by the logits, slope · (p − t), from slope · p. */
export function slopes(sloped: Tensor, { gate, target }: Overlay, slope: Tensor): Tensor {
  const gated = gate ? mul(sloped, gate) : sloped;
  return target ? sub(gated, mul(slope, target)) : gated;
}
