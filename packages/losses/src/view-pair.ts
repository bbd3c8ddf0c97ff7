import { concat, div, logicalNot, mul, sum, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { isPartner, notSelf } from './batch-places.js';
import { type Logits, logitsOf } from './contrast-rows.js';
import { mask, unitRows } from './kinds.js';
import type { LossOptions, Reduction } from './options.js';
import { allOf, keeping, type Overlays } from './overlay.js';
import { type Argument, requireArguments } from './require-arguments.js';
import { requireTemperature } from './require-options.js';

/** Options of the losses of two views of a batch. */
export interface ViewPairOptions<R extends Reduction = 'mean'> extends LossOptions<R> {
  /** τ; default 0.1. */
  temperature?: number;
  /**
   * Keep-mask `[2N, 2N]` of 0 and 1 (float32, int32 or bool): which rows are negatives of which; absent: all. Rows
   * 0 … N − 1 are the first view. Itself and its positives are never looked up.
   */
  keep?: Tensor2D;
}

/** Refuses two views, masks `[2N, 2N]` and options that do not fit. */
export function requireViewPair(
  loss: string,
  first: Tensor2D,
  second: Tensor2D,
  options: ViewPairOptions<Reduction>,
  masks: Record<string, Tensor2D | undefined>,
): void {
  requireTemperature(loss, options.temperature ?? 1);
  requireArguments(loss, options, [
    ['first', first, 'N D', unitRows],
    ['second', second, 'N D', unitRows],
    ...Object.entries(masks).map(([name, given]): Argument | undefined => given && [name, given, '2N 2N', mask]),
  ]);
}

/** The logits of both views against both, `[2N, 2N]`, one product; and of each row's partner, `[2N]`. */
export function viewPairLogits(
  first: Tensor2D,
  second: Tensor2D,
  temperature: number,
  blockSize?: number,
): { partner: Tensor1D; others: Logits } {
  const x = div(concat([first, second]), Math.sqrt(temperature)) as Tensor2D;
  const partner = sum(mul(first, div(second, temperature)), 1) as Tensor1D;
  return { partner: concat([partner, partner]), others: logitsOf(x, x, blockSize) };
}

/** A row's negatives: all but itself and its partner, as far as they are kept. */
export function strangers(rows: number, { keep, mode }: ViewPairOptions<Reduction>): Overlays {
  const kept = keeping(mode, keep);
  return {
    given: kept.given,
    at: (given, from, size) => {
      const overlay = kept.at(given, from, size);
      const others = [notSelf(rows, from, size), logicalNot(isPartner(rows, from, size))];
      return { ...overlay, present: allOf([...others, overlay.present]) };
    },
  };
}
