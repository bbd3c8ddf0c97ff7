/** Options of {@link ramp}. */
export interface RampOptions {
  /** The share of the training after which the value begins to move; default 0. */
  start?: number;
  /** The share of the training after which it has arrived; default 1. */
  end?: number;
}

/** A number that moves from one value to another while training goes on; made by {@link ramp}. */
export interface Ramp {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

/** A sampler's option that is one number throughout, or moves while training goes on. */
export type Ramped = number | Ramp;

/**
 * Lets an option of a sampler move on a straight line while training goes on, after the request's `progress`.
 *
 * from + (to − from) · clamp( (progress − start) / (end − start), 0, 1 )
 *
 * @throws RangeError unless `from` and `to` are finite, and 0 ≤ `start` < `end` ≤ 1.
 *
 * @example
 * ```ts
 * // From the 512 hardest negatives at the start to the 64 hardest in the last quarter.
 * const sampler = hardestNegatives({ k: ramp(512, 64, { end: 0.75 }) });
 * ```
 */
export function ramp(from: number, to: number, { start = 0, end = 1 }: RampOptions = {}): Ramp {
  for (const [name, value] of Object.entries({ from, to })) {
    if (!Number.isFinite(value)) throw new RangeError(`Cannot make a ramp: needed ${name} as a number, got ${value}`);
  }
  if (!(start >= 0 && start < end && end <= 1)) {
    throw new RangeError(`Cannot make a ramp: needed 0 ≤ start < end ≤ 1, got start ${start} and end ${end}`);
  }
  return { from, to, start, end };
}
