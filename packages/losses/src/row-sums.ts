import {
  add,
  div,
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
import type { Overlay } from './overlay.js';

/** Below every finite logit, and finite itself, so that no ∞ − ∞ or 0 · ∞ can arise. */
const ABSENT = -3e38;

/** A row's largest logit is taken to be at least this, so that rows without a candidate stay finite. */
const FLOOR = -1e37;

/** Stands for a sum of nothing where one is divided by, or its logarithm is taken. */
const TINY = 1e-37;

/** A row whose log-sum-exp is below this has no candidate in its denominator. */
export const NOBODY = FLOOR / 2;

/** What logits add up to in each row; `[N, 1]`, but for `exps` `[N, m]`. */
export interface RowSums {
  /** The largest logit so far. */
  top: Tensor;
  /** w · exp(z − top) of this block. */
  exps: Tensor;
  /** Σ w · exp(z − top) so far. */
  total: Tensor;
  /** Σ t z so far; absent without a target. */
  matched: Tensor | undefined;
}

/** The logits under gate, offset and mask. */
export function layOver(z: Tensor, { gate, offset, present }: Overlay): Tensor {
  const gated = gate ? mul(z, gate) : z;
  const moved = offset ? add(gated, offset) : gated;
  return present ? where(present, moved, ABSENT) : moved;
}

/** w · exp(z − top), with logits that overlays were laid over. */
export function expsOf(laid: Tensor, top: Tensor, { weights }: Overlay): Tensor {
  const exps = exp(sub(laid, top));
  return weights ? mul(exps, weights) : exps;
}

/** Adds a block of logits to what came before it: an online log-sum-exp. */
export function rowSums(z: Tensor, overlay: Overlay, before?: RowSums): RowSums {
  const laid = layOver(z, overlay);
  const top = maximum(max(laid, 1, true), before ? before.top : FLOOR);
  const exps = expsOf(laid, top, overlay);
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

/** log Σ w exp(z) − Σ t z, or − z⁺, `[N]`; the difference to the largest logit first, so that large ones cost no digits. */
export function rowValues({ top, total, matched }: RowSums, positive?: Tensor): Tensor1D {
  const own = matched ?? (positive ? reshape(positive, [-1, 1]) : 0);
  return reshape(add(log(maximum(total, TINY)), sub(top, own)), [-1]);
}

/** The derivative by the logits, dy · (p − t), with p = exps / total. */
export function slopes(dy: Tensor, exps: Tensor, total: Tensor, { gate, target }: Overlay): Tensor {
  const slope = reshape(dy, [-1, 1]);
  const sloped = mul(exps, div(slope, maximum(total, TINY)));
  const gated = gate ? mul(sloped, gate) : sloped;
  return target ? sub(gated, mul(slope, target)) : gated;
}
