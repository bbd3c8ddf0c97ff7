/** Where a run is. */
export interface Progress {
  /** Steps done before this one, over the whole run. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  readonly epochs: number;
}

/** A learning rate over a run. */
export interface Schedule {
  readonly name: string;
  readonly options: Readonly<Record<string, number | string>>;
  /** The learning rate of a step, from the optimiser's base rate. */
  learningRate(base: number, progress: Progress): number;
}

export interface CosineOptions {
  /** Epochs of linear warm-up from 0. Default 0, as in HCSC and MoCo v2. */
  warmupEpochs?: number;
  /** The rate at the end. Default 0. */
  final?: number;
  /** Change at every step (default), or once an epoch as the official HCSC and MoCo code does. */
  every?: 'step' | 'epoch';
}

/**
 * Cosine decay: lr = final + (base − final) · ½ (1 + cos(π · t / T)), after an optional linear warm-up.
 *
 * t and T are counted in epochs after the warm-up. During the warm-up lr = base · t / warmupEpochs, so that the first
 * step of all has rate 0 (as in the official CGH code).
 *
 * @throws RangeError if `warmupEpochs` is negative.
 *
 * @example
 * ```ts
 * cosine().learningRate(0.03, { step: 0, stepsPerEpoch: 10, epochs: 5 }); // 0.03
 * ```
 */
export function cosine({ warmupEpochs = 0, final = 0, every = 'step' }: CosineOptions = {}): Schedule {
  if (!(warmupEpochs >= 0)) throw new RangeError(`Cannot warm up for ${warmupEpochs} epochs: give at least 0`);
  return {
    name: 'cosine',
    options: { warmupEpochs, final, every },
    learningRate(base, { step, stepsPerEpoch, epochs }) {
      if (warmupEpochs >= epochs && warmupEpochs > 0) {
        throw new RangeError(
          `Cannot warm up for ${warmupEpochs} of ${epochs} epochs: the warm-up must end before the run`,
        );
      }
      const epoch = step / stepsPerEpoch;
      if (epoch < warmupEpochs) return (base * epoch) / warmupEpochs;
      const t = (every === 'epoch' ? Math.floor(epoch) : epoch) - warmupEpochs;
      return final + (base - final) * 0.5 * (1 + Math.cos((Math.PI * t) / (epochs - warmupEpochs)));
    },
  };
}

/** The base rate at every step. */
export function constant(): Schedule {
  return { name: 'constant', options: {}, learningRate: (base) => base };
}
