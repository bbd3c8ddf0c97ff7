/** Where a run is. */
export interface Progress {
  /** Steps done before this one, over the whole run. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  readonly epochs: number;
  /** Epochs before the schedule begins, of a warm-up; `warmup` sets it. Default 0. */
  readonly startEpoch?: number;
}

/** A learning rate over a run. */
export interface Schedule {
  readonly name: string;
  readonly options: Readonly<Record<string, number | string>>;
  /** The learning rate of a step, from the optimiser's base rate. */
  learningRate(base: number, progress: Progress): number;
}

/** How the rate of {@link cosine} begins and ends. */
export interface CosineOptions {
  /** Epochs of linear warm-up from 0. Default 0, as in HCSC and MoCo v2. */
  warmupEpochs?: number;
  /** The rate at the end. Default 0. */
  final?: number;
  /** Change at every step (default), or once an epoch as the official HCSC and MoCo code does. */
  every?: 'step' | 'epoch';
  /** Reach the final rate `'after'` the run (default), or at its `'last'` step (or epoch) as lightly's SimCLR does. */
  reached?: 'after' | 'last';
}

/**
 * Cosine decay: lr = final + (base − final) · ½ (1 + cos(π · t / T)), after an optional linear warm-up.
 *
 * t and T are counted in epochs after the warm-up (for other warm-ups see `warmup`). During the warm-up lr = base · t / warmupEpochs, so that the first
 * step of all has rate 0 (as in the official CGH code).
 *
 * @throws RangeError if `warmupEpochs` is negative.
 *
 * @example
 * ```ts
 * cosine().learningRate(0.03, { step: 0, stepsPerEpoch: 10, epochs: 5 }); // 0.03
 * ```
 */
export function cosine({
  warmupEpochs = 0,
  final = 0,
  every = 'step',
  reached = 'after',
}: CosineOptions = {}): Schedule {
  if (!(warmupEpochs >= 0)) throw new RangeError(`Cannot warm up for ${warmupEpochs} epochs: give at least 0`);
  return {
    name: 'cosine',
    options: { warmupEpochs, final, every, ...(reached === 'last' && { reached }) },
    learningRate(base, { step, stepsPerEpoch, epochs, startEpoch = 0 }) {
      const start = startEpoch + warmupEpochs;
      if (start >= epochs && start > 0) {
        throw new RangeError(`Cannot warm up for ${start} of ${epochs} epochs: the warm-up must end before the run`);
      }
      const epoch = step / stepsPerEpoch;
      if (epoch < start) return (base * (epoch - startEpoch)) / warmupEpochs;
      const t = (every === 'epoch' ? Math.floor(epoch) : epoch) - start;
      const last = every === 'epoch' ? 1 : 1 / stepsPerEpoch;
      const end = epochs - start - (reached === 'last' ? last : 0);
      return final + (base - final) * 0.5 * (1 + Math.cos(Math.PI * (end > 0 ? t / end : 1)));
    },
  };
}

/** The base rate at every step. */
export function constant(): Schedule {
  return { name: 'constant', options: {}, learningRate: (base) => base };
}
