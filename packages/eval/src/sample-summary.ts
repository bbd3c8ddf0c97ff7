/** The mean of some figures, and how far they lie apart. */
export interface SampleSummary {
  readonly n: number;
  readonly mean: number;
  /** The sample standard deviation, √(Σ(x − mean)² / (n − 1)); NaN for a single figure. */
  readonly standardDeviation: number;
}

/** Refuses what no statistic can be made of. */
export function requireFigures(what: string, values: readonly number[]): void {
  if (values.length === 0) throw new RangeError(`Cannot ${what} no figures: give at least one`);
  const odd = values.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) throw new RangeError(`Cannot ${what} figures with ${values[odd]} at ${odd}: every one must be finite`);
}

/**
 * Mean and sample standard deviation of one figure of several runs.
 *
 * @throws RangeError for no figures, or one that is not finite.
 *
 * @example
 * ```ts
 * sampleSummary([0.77, 0.78, 0.79]); // { n: 3, mean: 0.78, standardDeviation: 0.01 }
 * ```
 */
export function sampleSummary(values: readonly number[]): SampleSummary {
  requireFigures('summarise', values);
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { n, mean, standardDeviation: n > 1 ? Math.sqrt(squares / (n - 1)) : Number.NaN };
}
