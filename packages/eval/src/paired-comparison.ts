import { requireFigures, sampleSummary } from './sample-summary.js';
import { studentTQuantile } from './student-t.js';

/** Options of {@link pairedComparison}. */
export interface PairedComparisonOptions {
  /** The share of intervals that hold the true difference. Default 0.95. */
  confidence?: number;
}

/** What the differences of pairs of runs tell. */
export interface PairedComparison {
  /** Pairs. */
  readonly n: number;
  /** The mean of ours minus theirs. */
  readonly difference: number;
  /** The sample standard deviation of the differences; NaN for one pair. */
  readonly standardDeviation: number;
  /** Student's interval of the mean difference, for differences that are normally distributed; null for one pair. */
  readonly interval: readonly [low: number, high: number] | null;
  /**
   * The two-sided p value of the exact sign-flip test: the share of the 2ⁿ ways to choose the signs of the differences whose
   * mean is as far from 0. It is never below 2 / 2ⁿ, which is 0.25 for three pairs. Null above 20 pairs.
   */
  readonly p: number | null;
  /** Pairs in which ours is above, and those in which both are equal. */
  readonly wins: number;
  readonly ties: number;
}

/** Above so many pairs not all signs are tried. */
const MOST_PAIRS = 20;

/** The share of sign choices whose sum is as far from 0 as the sum itself. */
function signFlip(differences: readonly number[]): number {
  const n = differences.length;
  // Sums that are equal but for rounding count as equal.
  const tolerance = 1e-9 * differences.reduce((sum, value) => sum + Math.abs(value), 0);
  const observed = Math.abs(differences.reduce((sum, value) => sum + value, 0)) - tolerance;
  let asFar = 0;
  for (let signs = 0; signs < 2 ** n; signs++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (signs >> i) & 1 ? -differences[i]! : differences[i]!;
    if (Math.abs(sum) >= observed) asFar++;
  }
  return asFar / 2 ** n;
}

/**
 * Compares two series of runs in pairs, of equal seeds for example: what the pairs have in common does not blur the difference.
 *
 * @throws RangeError if the series are empty or not equally long, a figure is not finite, or the confidence is not between
 *   0 and 1.
 *
 * @example
 * ```ts
 * const { difference, interval, p } = pairedComparison([0.78, 0.8, 0.79], [0.77, 0.78, 0.78]);
 * ```
 */
export function pairedComparison(
  ours: readonly number[],
  theirs: readonly number[],
  { confidence = 0.95 }: PairedComparisonOptions = {},
): PairedComparison {
  requireFigures('compare', ours);
  requireFigures('compare', theirs);
  if (ours.length !== theirs.length) {
    throw new RangeError(`Cannot pair ${ours.length} figures with ${theirs.length}: give as many of both`);
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`Cannot make an interval of confidence ${confidence}: give a number between 0 and 1`);
  }
  const differences = ours.map((value, i) => value - theirs[i]!);
  const { n, mean, standardDeviation } = sampleSummary(differences);
  const half = n > 1 ? (studentTQuantile(confidence, n - 1) * standardDeviation) / Math.sqrt(n) : 0;
  return {
    n,
    difference: mean,
    standardDeviation,
    interval: n > 1 ? [mean - half, mean + half] : null,
    p: n <= MOST_PAIRS ? signFlip(differences) : null,
    wins: differences.filter((value) => value > 0).length,
    ties: differences.filter((value) => value === 0).length,
  };
}
