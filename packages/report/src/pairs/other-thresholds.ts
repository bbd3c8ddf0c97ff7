import { ticksWithin } from '../ticks.js';
import type { SimilarityCounts } from './pairs-report.js';

/** About how many pairs other lower thresholds would give. */
export interface OtherThresholds {
  /** Between two of them. */
  readonly step: number;
  readonly rows: readonly { readonly lower: number; readonly pairs: number }[];
}

/** Pairs at least as alike as `from` and not more than `upper`, as far as bins tell: those of a bin are spread evenly over it. */
function pairsWithin({ from, to, counts, outOf }: SimilarityCounts, lower: number, upper: number): number {
  const size = (to - from) / counts.length;
  const all = Array.from(counts);
  const counted = all.reduce((sum, count) => sum + count, 0);
  const found = all.reduce((sum, count, bin) => {
    const [start, end] = [from + bin * size, from + (bin + 1) * size];
    const shared = Math.max(0, Math.min(end, upper) - Math.max(start, lower));
    return sum + count * Math.min(1, shared / size);
  }, 0);
  return Math.round(counted > 0 ? found * ((outOf ?? counted) / counted) : 0);
}

/**
 * About how many pairs there would be with other lower thresholds: round values from three bands below the lower threshold up
 * to the upper one.
 */
export function otherThresholds(
  similarities: SimilarityCounts,
  { lower, upper }: { readonly lower: number; readonly upper: number },
): OtherThresholds {
  const size = (similarities.to - similarities.from) / similarities.counts.length;
  const band = Math.max(upper - lower, 2 * size);
  const low = Math.max(similarities.from, lower - 3 * band);
  const { values, step } = ticksWithin(low, upper, 8);
  const others = values.filter((value) => value < upper && Math.abs(value - lower) > size / 2);
  return { step, rows: others.map((value) => ({ lower: value, pairs: pairsWithin(similarities, value, upper) })) };
}
