/** Momentum at a step of a run; steps count from 0. */
export type MomentumSchedule = (step: number, totalSteps: number) => number;

function check(momentum: number): void {
  if (!(momentum >= 0 && momentum <= 1)) {
    throw new RangeError(`Cannot average with momentum ${momentum}: give a number from 0 to 1`);
  }
}

/**
 * The same momentum at every step.
 *
 * @throws RangeError if it is not from 0 to 1.
 *
 * @example
 * ```ts
 * const key = momentumEncoder(query, { momentum: constantMomentum(0.999) }); // or just 0.999
 * ```
 */
export function constantMomentum(momentum: number): MomentumSchedule {
  check(momentum);
  return () => momentum;
}

/**
 * Momentum that rises from `start` to `end` along half a cosine: end − (end − start) · (cos(π · step / totalSteps) + 1) / 2 (BYOL, MoCo v3).
 *
 * @param start Momentum of the first step; BYOL 0.996, MoCo v3 0.99.
 * @param end Momentum after the last step; default 1.
 * @throws RangeError if either is not from 0 to 1.
 *
 * @example
 * ```ts
 * const key = momentumEncoder(query, { momentum: cosineMomentum(0.99), totalSteps: 10_000 });
 * ```
 */
export function cosineMomentum(start: number, end = 1): MomentumSchedule {
  check(start);
  check(end);
  return (step, totalSteps) => {
    const done = Math.min(1, Math.max(0, step / totalSteps));
    return end - ((end - start) * (Math.cos(Math.PI * done) + 1)) / 2;
  };
}
