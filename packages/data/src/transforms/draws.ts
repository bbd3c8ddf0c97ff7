import type { Rng } from '@hcsc/random';

/** `n` draws of 0 or 1; 1 with probability `p`. */
export function bernoulli(n: number, p: number, rng: Rng): Float32Array {
  return Float32Array.from({ length: n }, () => Number(rng.uniform() < p));
}

/** Throws a RangeError unless `p` is in [0, 1]. */
export function assertProbability(name: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`Cannot use ${p} as ${name}: give a probability from 0 to 1`);
}

/** Throws a RangeError unless `range` is [min, max] with min ≤ max, within the bounds. */
export function assertRange(
  name: string,
  range: readonly [min: number, max: number],
  { above = Number.NEGATIVE_INFINITY, least = Number.NEGATIVE_INFINITY, most = Number.MAX_VALUE } = {},
): void {
  const [min, max] = range;
  if (range.length !== 2 || !(min > above && min >= least && min <= max && max <= most)) {
    const bounds = [
      Number.isFinite(above) && `above ${above}`,
      Number.isFinite(least) && `from ${least}`,
      most < Number.MAX_VALUE && `up to ${most}`,
    ].filter(Boolean);
    throw new RangeError(`Cannot use [${range}] as ${name}: give [min, max] with min <= max, ${bounds.join(' ')}`);
  }
}
