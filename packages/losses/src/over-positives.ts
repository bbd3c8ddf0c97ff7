import {
  add,
  addN,
  cast,
  div,
  greater,
  log,
  logicalNot,
  maximum,
  reshape,
  sum,
  type Tensor,
  type Tensor1D,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { againstPositive } from './against-positive.js';
import { contrastRows, type Logits } from './contrast-rows.js';
import { offTape } from './off-tape.js';
import { allOf, type Given, type Overlays } from './overlay.js';

/**
 * How a row's several positives become one number, P being their set.
 *
 * - `'out'`: the mean of their losses, L_out of SupCon: −1/|P| Σ_p log( exp(z_p) / Σ_a exp(z_a) ).
 * - `'in'`: the loss of their mean, L_in of SupCon: −log( 1/|P| Σ_p exp(z_p) / Σ_a exp(z_a) ).
 * - `'sum'`: the loss of their sum: −log( Σ_p exp(z_p) / Σ_a exp(z_a) ).
 */
export type Averaging = 'out' | 'in' | 'sum';

/** Overlays that also say which columns are a row's positives. */
export interface PositiveOverlays extends Overlays {
  positives(given: Given, from: number, size: number): Tensor;
}

/** The loss `[R]` of a batch's rows against each other, with any number of positives; 0 for a row that has none. */
export function overPositives(
  logits: Logits,
  { given, at, positives }: PositiveOverlays,
  averaging: Averaging,
): Tensor1D {
  const blocked = 'blockSize' in logits;
  const rows = blocked ? logits.rows.shape[0] : logits.shape[0];
  const step = blocked ? logits.blockSize : rows;
  const count = offTape(() => {
    const counts = Array.from({ length: Math.ceil(rows / step) }, (_, i) =>
      tidy(() => sum(cast(positives(given, i * step, Math.min(step, rows - i * step)), 'float32'), 1, true)),
    );
    return addN(counts);
  });
  const several = maximum(count, 1);
  const shared: Overlays['at'] = (names, ...block) => ({
    ...at(names, ...block),
    target: div(cast(positives(names, ...block), 'float32'), names.several!),
  });
  const among: Overlays['at'] = (...block) => ({ present: positives(...block) });
  const against: Overlays['at'] = (...block) => {
    const overlay = at(...block);
    return { ...overlay, present: allOf([overlay.present, logicalNot(positives(...block))]) };
  };
  let loss: Tensor;
  if (averaging === 'out') loss = contrastRows(logits, { given: { ...given, several }, at: shared });
  else loss = againstPositive(contrastRows(logits, { given, at: against }, contrastRows(logits, { given, at: among })));
  if (averaging === 'in') loss = add(loss, reshape(log(several), [-1]));
  return where(greater(reshape(count, [-1]), 0), loss, zerosLike(loss)) as Tensor1D;
}
