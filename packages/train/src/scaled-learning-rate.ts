/** How {@link scaledLearningRate} scales. */
export interface ScaledLearningRateOptions {
  /** The batch size that `base` is for. Default 256, as in the papers. */
  per?: number;
  /** How the rate grows with the batch. Default `'linear'`. */
  rule?: 'linear' | 'sqrt';
}

/**
 * The learning rate for a batch size: base · batchSize / per, or base · √(batchSize / per).
 *
 * Linear: Goyal et al. 2017 (arXiv 1706.02677). SimCLR (arXiv 2002.05709, appendix B) has 0.3 · batchSize / 256 and, for
 * small batches and long runs, 0.075 · √batchSize (`per: 1`).
 *
 * @param batchSize Images a step, over all devices.
 * @throws RangeError if a number is not above 0, or the rule is unknown.
 *
 * @example
 * ```ts
 * scaledLearningRate(0.03, 128); // 0.015
 * scaledLearningRate(0.075, 4096, { per: 1, rule: 'sqrt' }); // 4.8
 * ```
 */
export function scaledLearningRate(
  base: number,
  batchSize: number,
  { per = 256, rule = 'linear' }: ScaledLearningRateOptions = {},
): number {
  for (const [name, value] of Object.entries({ base, batchSize, per })) {
    if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`Cannot scale a learning rate with ${name} ${value}: give a finite number above 0`);
    }
  }
  if (rule !== 'linear' && rule !== 'sqrt') {
    throw new RangeError(`Cannot scale a learning rate by the rule '${rule}': give 'linear' or 'sqrt'`);
  }
  return base * (rule === 'sqrt' ? Math.sqrt(batchSize / per) : batchSize / per);
}
