import type { Schedule } from './schedule.js';

/** How long {@link warmup} takes, and from where. */
export interface WarmupOptions {
  /** How many epochs it takes. SimCLR: 10. */
  epochs: number;
  /** The rate of the first step. Default 0, as in CGH. */
  from?: number;
  /** Change at every step (default), or once an epoch as solo-learn does. */
  every?: 'step' | 'epoch';
  /**
   * Reach the base rate `'after'` the warm-up (default), as CGH does, or at its `'last'` step (or epoch), as solo-learn and
   * lightly do.
   */
  reached?: 'after' | 'last';
}

/**
 * Any schedule after a linear warm-up: lr = from + (base − from) · t / T, t counted from 0 in steps or epochs.
 *
 * T is the number of these in the warm-up, or one fewer if the base rate is reached at the `'last'`. A cosine begins after
 * the warm-up and ends with the run; milestones of `multiStep` stay epochs of the run.
 *
 * @throws RangeError if `epochs` or `from` is negative or not finite, or, when asked for a rate, if the warm-up does not end before
 *   the run.
 *
 * @example
 * ```ts
 * const schedule = warmup(cosine(), { epochs: 10, from: 0.003 });
 * schedule.learningRate(0.3, { step: 0, stepsPerEpoch: 10, epochs: 100 }); // 0.003
 * ```
 */
export function warmup(
  schedule: Schedule,
  { epochs: warm, from = 0, every = 'step', reached = 'after' }: WarmupOptions,
): Schedule {
  for (const [name, value] of Object.entries({ epochs: warm, from })) {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`Cannot warm up with ${name} ${value}: give a finite number of at least 0`);
    }
  }
  return {
    name: `warmup ${schedule.name}`,
    options: {
      ...schedule.options,
      ...{ 'warmup.epochs': warm, 'warmup.from': from, 'warmup.every': every, 'warmup.reached': reached },
    },
    learningRate(base, progress) {
      const { step, stepsPerEpoch, epochs, startEpoch = 0 } = progress;
      const end = startEpoch + warm;
      if (warm > 0 && end >= epochs) {
        throw new RangeError(`Cannot warm up for ${end} of ${epochs} epochs: the warm-up must end before the run`);
      }
      const epoch = step / stepsPerEpoch;
      if (epoch >= end) return schedule.learningRate(base, { ...progress, startEpoch: end });
      const unit = every === 'epoch' ? 1 : stepsPerEpoch;
      const t = every === 'epoch' ? Math.floor(epoch - startEpoch) : step - startEpoch * stepsPerEpoch;
      // Without the rounding of the product, of 0.1 epochs of 30 steps, say.
      const last = Math.ceil(warm * unit - 1e-9) - 1;
      const whole = reached === 'last' ? last : warm * unit;
      return whole > 0 ? from + (base - from) * (t / whole) : base;
    },
  };
}
