import {
  add,
  cast,
  floor,
  greater,
  greaterEqual,
  less,
  logicalAnd,
  max,
  mul,
  sub,
  sum,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { positiveCosines } from './compare-anchors.js';
import { cosinesAmong, largest, markLargest } from './most-similar.js';
import type { NegativeRequest, NegativeSampler } from './negative-sampler.js';
import type { Ramped } from './ramp.js';
import { rampedValue, requireRamped, valueAt } from './ramped-value.js';
import { type Selection, similaritySampler } from './similarity-sampler.js';

/** Options of {@link semiHardNegatives}: one of the three bands. */
export interface SemiHardNegativesOptions {
  /**
   * Candidates less similar than the positive, by less than this cosine, above 0 to 2; default 0.1, FaceNet's 0.2 between
   * squared distances. Needs the request's `keys`, except where candidates are the level's own prototypes.
   */
  margin?: Ramped;
  /** Candidates whose cosine to the anchor is at least the first and below the second, −1 to 1. */
  similarities?: readonly [Ramped, Ramped];
  /**
   * Candidates between these shares of each anchor's own, counted from the least similar, 0 to 1: `[0.5, 0.95]` keeps the
   * more similar half without its most similar tenth. Ranks, not cosines, so that always the same number is kept.
   */
  quantiles?: readonly [Ramped, Ramped];
}

const NAME = 'semiHardNegatives';

/** Cosines this close are equal but for rounding: the positive among the candidates is not its own negative. */
const EQUAL = 1e-5;

/**
 * Keeps a band of candidates: similar enough to teach something, not so similar that they may be false negatives.
 *
 * With `margin`, the semi-hard negatives of FaceNet (Schroff et al. 2015, 3.2): a·k − margin < a·n < a·k, k the positive;
 * for unit vectors ‖x − y‖² = 2 − 2 x·y, so that a margin α between squared distances is α / 2 here. Cosines closer to the
 * positive's than 1e-5 count as equal to it, so that keys may be candidates of each other. With `quantiles`, the
 * ring of Wu et al. 2021 (Conditional Negative Sampling); the round((1 − q₁)·n) most similar of n candidates without the
 * round((1 − q₂)·n) most similar, of equal ones those that come first. Of a level's own prototypes the anchor's own
 * and those that were dropped do not count. The sampler needs the request's `anchors`, draws nothing and is exact.
 *
 * @throws RangeError if a bound is out of its range, the first of a pair is not below the second throughout, or more than one band is
 * given. The sampler throws a TypeError or RangeError for a malformed request, and (with the request's `check`) a RangeError
 * for anchors, keys or candidates that are not of unit length, and NaN.
 *
 * @example
 * ```ts
 * const facenet = semiHardNegatives({ margin: 0.1 }); // .keep({ …, anchors: queries, keys })
 * const ring = semiHardNegatives({ quantiles: [0.5, 0.95] }); // .keep({ …, anchors: queries })
 * ```
 */
export function semiHardNegatives(options: SemiHardNegativesOptions = {}): NegativeSampler {
  const { margin, similarities, quantiles } = options;
  const given = Object.entries({ margin, similarities, quantiles }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (given.length > 1) {
    throw new RangeError(
      `Cannot make ${NAME}: needed one of margin, similarities and quantiles, got ${given.join(', ')}`,
    );
  }
  if (similarities) return bandOfSimilarities(similarities);
  if (quantiles) return bandOfQuantiles(quantiles);
  return bandBelowPositive(margin ?? 0.1);
}

function bandBelowPositive(margin: Ramped): NegativeSampler {
  const fits = (value: number) => value > 0 && value <= 2;
  requireRamped(`make ${NAME}`, 'margin', margin, 'a number above 0, at most 2', fits);
  const begin = (request: NegativeRequest): Selection => {
    const width = rampedValue(NAME, margin, request);
    return ({ cosines, level }) => {
      const positive = positiveCosines(request, level);
      return cast(logicalAnd(greater(cosines, sub(positive, width)), less(cosines, sub(positive, EQUAL))), 'float32');
    };
  };
  return similaritySampler(NAME, begin, { keys: true });
}

function bandOfSimilarities(bounds: readonly [Ramped, Ramped]): NegativeSampler {
  requireBounds('similarities', bounds, -1);
  return similaritySampler(NAME, (request) => {
    const [lower, upper] = bounds.map((bound) => rampedValue(NAME, bound, request)) as [Tensor, Tensor];
    return ({ cosines }) => cast(logicalAnd(greaterEqual(cosines, lower), less(cosines, upper)), 'float32');
  });
}

function bandOfQuantiles(bounds: readonly [Ramped, Ramped]): NegativeSampler {
  requireBounds('quantiles', bounds, 0);
  return similaritySampler(NAME, (request) => {
    const [lower, upper] = bounds.map((bound) => rampedValue(NAME, bound, request)) as [Tensor, Tensor];
    return ({ cosines, eligible }) => {
      const values = cosinesAmong(cosines, eligible);
      const n = eligible ? (max(sum(eligible, 1)) as Tensor) : values.shape[1];
      const [harder, hardest] = [hardestCount(lower, n), hardestCount(upper, n)];
      const sorted = largest(values, typeof harder === 'number' ? Math.max(harder, 1) : values.shape[1]);
      return sub(markLargest(values, sorted, harder), markLargest(values, sorted, hardest));
    };
  });
}

/** round((1 − quantile) · n), halves up: also those that rounding of the product has moved below. */
function hardestCount(quantile: number | Tensor, n: number | Tensor): number | Tensor {
  const share = typeof quantile === 'number' ? 1 - quantile : sub(1, quantile);
  if (typeof share === 'number' && typeof n === 'number') return Math.floor(share * n + 0.5 + 1e-9);
  return floor(add(mul(share, n), 0.5 + 1e-4));
}

function requireBounds(name: string, bounds: readonly [Ramped, Ramped], least: number): void {
  if (!Array.isArray(bounds) || bounds.length !== 2) {
    throw new RangeError(`Cannot make ${NAME}: needed ${name} as two numbers, got ${bounds}`);
  }
  for (const [i, bound] of bounds.entries()) {
    const fits = (value: number) => value >= least && value <= 1;
    requireRamped(`make ${NAME}`, `${name}[${i}]`, bound, `a number from ${least} to 1`, fits);
  }
  const [first, second] = bounds;
  // Between these shares of the training both bounds move on straight lines.
  const turns = [0, 1, ...bounds.flatMap((bound) => (typeof bound === 'number' ? [] : [bound.start, bound.end]))];
  const crossed = turns.sort((a, b) => a - b).find((progress) => valueAt(first, progress) >= valueAt(second, progress));
  if (crossed !== undefined) {
    const moves = bounds.some((bound) => typeof bound !== 'number');
    const got = `${valueAt(first, crossed)} and ${valueAt(second, crossed)}${moves ? ` at progress ${crossed}` : ''}`;
    throw new RangeError(`Cannot make ${NAME}: needed ${name} with the first below the second, got ${got}`);
  }
}
