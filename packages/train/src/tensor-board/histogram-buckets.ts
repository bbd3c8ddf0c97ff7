/** How many values lie in each of equally wide buckets, and what `HistogramProto` keeps besides. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  /** Left edge, right edge and count of each bucket. */
  readonly buckets: readonly (readonly [left: number, right: number, count: number])[];
}

/** As many as TensorBoard's own summaries have. */
const BUCKETS = 30;

/**
 * Counts values in 30 buckets of equal width from the least to the greatest, as TensorBoard's own histogram summaries do
 * (`histogram` in tensorboard/plugins/histogram/summary_v2.py): values that are all equal are in the last bucket, and
 * every bucket is of width 0.
 *
 * @throws RangeError if there are no values, or one is not finite.
 */
export function histogramBuckets(values: Float32Array): Histogram {
  if (values.length === 0) throw new RangeError('A histogram needs at least one value, and there are none');
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let sumOfSquares = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) {
      throw new RangeError(
        `A histogram needs finite values, and value ${values.findIndex((other) => Object.is(other, value))} is ${value}`,
      );
    }
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    sumOfSquares += value * value;
  }
  const width = (max - min) / BUCKETS;
  const counts = new Array<number>(BUCKETS).fill(0);
  for (const value of values) {
    const bucket = width > 0 ? Math.min(Math.floor((value - min) / width), BUCKETS - 1) : BUCKETS - 1;
    counts[bucket] = counts[bucket]! + 1;
  }
  const edge = (i: number) => (i === BUCKETS ? max : min + i * width);
  return { min, max, sum, sumOfSquares, buckets: counts.map((count, i) => [edge(i), edge(i + 1), count]) };
}
