import type { Schedule } from './schedule.js';

/** When {@link multiStep} lowers the rate, and by how much. */
export interface MultiStepOptions {
  /** Epochs of the run, counted from 0, from which the rate is lower; a warm-up's epochs count. */
  milestones: readonly number[];
  /** What each milestone multiplies the rate by. Default 0.1, as in HCSC, MoCo and CGH. */
  gamma?: number;
}

/**
 * Multiplies the rate by gamma at each milestone: lr = base · gamma^(milestones that are not after the step's epoch).
 *
 * @throws RangeError if a milestone is negative or `gamma` is not a finite number above 0.
 *
 * @example
 * ```ts
 * multiStep({ milestones: [120, 160] }).learningRate(0.03, { step: 1200, stepsPerEpoch: 10, epochs: 200 }); // 0.003
 * ```
 */
export function multiStep({ milestones, gamma = 0.1 }: MultiStepOptions): Schedule {
  if (!(gamma > 0 && gamma < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`Cannot multiply the learning rate by ${gamma}: give a finite number above 0`);
  }
  const epochs = [...milestones];
  const wrong = epochs.find((milestone) => !(milestone >= 0));
  if (wrong !== undefined) throw new RangeError(`Cannot step at epoch ${wrong}: give epochs of at least 0`);
  return {
    name: 'multiStep',
    options: { milestones: epochs.join(', '), gamma },
    learningRate: (base, { step, stepsPerEpoch }) =>
      base * gamma ** epochs.filter((milestone) => step / stepsPerEpoch >= milestone).length,
  };
}
