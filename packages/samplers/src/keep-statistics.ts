import {
  add,
  any,
  cast,
  dispose,
  div,
  equal,
  exp,
  log,
  logicalAnd,
  maximum,
  mul,
  neg,
  notEqual,
  onesLike,
  range,
  reshape,
  scalar,
  softmax,
  stack,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { requireTensor } from './require-tensor.js';

/** Class labels: `[n]` int32, or a list of integers. */
export type Labels = Tensor1D | ArrayLike<number>;

/** Options of {@link keepStatistics}. */
export interface KeepStatisticsOptions {
  /** Class labels of the anchors `[A]`, and of the candidates of every level `[M_l]`. */
  labels?: { anchors: Labels; candidates: readonly Labels[] };
  /**
   * For prototypes: the anchors' own prototype per level, `[A]` int32. That column, which no loss uses as a negative,
   * is then left out of the counts.
   */
  positives?: readonly Tensor1D[];
  /**
   * For prototypes: which of a level are alive, `[M_l]` float32 of 0 and 1, null for all, as `levels[l].alive`. The others
   * are left out of the counts.
   */
  alive?: readonly (Tensor1D | null | undefined)[];
  /** What the masks were drawn with, per level `[A, M_l]`: the sampler's `probabilities`. */
  probabilities?: readonly Tensor2D[];
  /** The candidates' logits, per level `[A, M_l]` float32: similarities over temperature. */
  logits?: readonly Tensor2D[];
}

/** What one level's keep-mask did. */
export interface KeepStatistics {
  /** The share of candidates that was kept; 0 if there was none to keep. */
  keepRate: number;
  /** Of the kept candidates, the share with the anchor's own label; `null` without labels or if none was kept. */
  falseNegativeRate: number | null;
  /** Of all candidates, the share with the anchor's own label, which is the rate without selection; `null` likewise. */
  unselectedFalseNegativeRate: number | null;
  /**
   * How undecided the selection is: the mean entropy of keeping a candidate or not, −p log₂ p − (1 − p) log₂(1 − p), in bits.
   * 0 for deterministic samplers, 1 for a coin; `null` without probabilities or candidates.
   */
  entropy: number | null;
  /**
   * How many negatives really push: exp of the entropy of the softmax over an anchor's kept logits, on average over the
   * anchors that kept any. As many as were kept if all are alike, 1 if one outweighs the rest; `null` without logits or if
   * none was kept.
   */
  effectiveNegatives: number | null;
}

/**
 * Counts what keep-masks did: how much was kept, how decidedly, and how many of the kept negatives are of the anchor's own
 * class.
 *
 * The counts are made before the call returns, so that the masks may be disposed at once; what is awaited is one small
 * download for all levels. Inputs are not disposed, nothing is left allocated.
 *
 * @param masks One keep-mask `[A, M_l]` float32 of 0 and 1 per level.
 * @throws (by rejecting) TypeError or RangeError if there is no mask, or what else is given does not fit the masks.
 *
 * @example
 * ```ts
 * const [finest] = await keepStatistics(masks, { labels: { anchors: labels, candidates: masks.map(() => queueLabels) } });
 * console.log(finest.keepRate, finest.falseNegativeRate, finest.unselectedFalseNegativeRate);
 * ```
 */
export async function keepStatistics(
  masks: readonly Tensor2D[],
  { labels, positives, alive, probabilities, logits }: KeepStatisticsOptions = {},
): Promise<KeepStatistics[]> {
  const task = 'count what masks keep';
  if (masks.length === 0) throw new RangeError(`Cannot ${task}: needed at least 1 mask, got 0`);
  for (const [name, list] of Object.entries({
    'labels.candidates': labels?.candidates,
    ...{ positives, alive, probabilities, logits },
  })) {
    if (list && list.length !== masks.length) {
      throw new RangeError(`Cannot ${task}: needed ${name} for each of the ${masks.length} levels, got ${list.length}`);
    }
  }
  const counts = tidy(() => {
    const rows = masks.map((mask, l) => {
      requireTensor(task, `masks[${l}]`, mask, ['A', 'M'], ['float32', 'int32', 'bool']);
      const [a, m] = mask.shape;
      const kept = cast(mask, 'bool');
      const others = positives ? isNotOwn(task, `positives[${l}]`, positives[l], a, m) : onesLike(kept);
      const living = alive?.[l];
      if (living) requireTensor(task, `alive[${l}]`, living, [m]);
      const counted = living ? logicalAnd(others, reshape(cast(living, 'bool'), [1, m])) : others;
      const same = labels
        ? equal(
            reshape(labelTensor(task, 'labels.anchors', labels.anchors, a), [a, 1]),
            reshape(labelTensor(task, `labels.candidates[${l}]`, labels.candidates[l]!, m), [1, m]),
          )
        : zerosLike(counted);
      const keptCounted = logicalAnd(kept, counted);
      const p = probabilities?.[l];
      if (p) requireTensor(task, `probabilities[${l}]`, p, [a, m]);
      const z = logits?.[l];
      if (z) requireTensor(task, `logits[${l}]`, z, [a, m]);
      return stack([
        ...[counted, keptCounted, logicalAnd(same, counted), logicalAnd(same, keptCounted)].map(count),
        p ? totalBits(p, counted) : scalar(0),
        ...(z ? pushing(z, keptCounted) : [scalar(0), scalar(0)]),
      ]);
    });
    return stack(rows);
  });
  try {
    const values = await counts.data();
    return masks.map((_, l) => {
      const row = values.subarray(FIGURES * l, FIGURES * (l + 1));
      const [all = 0, kept = 0, same = 0, sameKept = 0, bits = 0, effective = 0, anchors = 0] = row;
      return {
        keepRate: all > 0 ? kept / all : 0,
        falseNegativeRate: labels && kept > 0 ? sameKept / kept : null,
        unselectedFalseNegativeRate: labels && all > 0 ? same / all : null,
        entropy: probabilities && all > 0 ? bits / all : null,
        effectiveNegatives: logits && anchors > 0 ? effective / anchors : null,
      };
    });
  } finally {
    dispose(counts);
  }
}

/** Numbers of a level in the download. */
const FIGURES = 7;

/** In whole numbers, so that none is lost; then as float32, whose error does not matter for a share. */
const count = (mask: Tensor): Tensor => cast(sum(cast(mask, 'int32')), 'float32');

/** −x log x, 0 at 0. */
const surprise = (x: Tensor): Tensor => neg(mul(x, log(maximum(x, 1e-30))));

/** The entropies of all candidates that count, added up, in bits. */
const totalBits = (p: Tensor, counted: Tensor): Tensor =>
  div(sum(mul(add(surprise(p), surprise(sub(1, p))), cast(counted, 'float32'))), Math.LN2);

/** Of the anchors that keep any: the effective numbers of their negatives added up, and how many anchors those are. */
function pushing(logits: Tensor, kept: Tensor): Tensor[] {
  const share = softmax(where(kept, logits, -1e30));
  const some = cast(any(kept, 1), 'float32');
  return [sum(mul(exp(sum(surprise(share), 1)), some)), sum(some)];
}

function isNotOwn(task: string, name: string, positives: Tensor1D | undefined, a: number, m: number): Tensor {
  requireTensor(task, name, positives, [a], ['int32']);
  return notEqual(reshape(range(0, m, 1, 'int32'), [1, m]), reshape(positives!, [a, 1]));
}

function labelTensor(task: string, name: string, labels: Labels, size: number): Tensor {
  const tensor = 'dtype' in labels ? labels : listedLabels(task, name, Array.from(labels));
  requireTensor(task, name, tensor, [size], ['int32']);
  return tensor;
}

/** Cut off to integers, labels that differ would become one. */
function listedLabels(task: string, name: string, labels: number[]): Tensor1D {
  const odd = labels.findIndex((label) => !Number.isInteger(label));
  if (odd >= 0) throw new RangeError(`Cannot ${task}: needed ${name} as integers, got ${labels[odd]} at ${odd}`);
  return tensor1d(labels, 'int32');
}
