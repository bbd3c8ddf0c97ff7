/** What the learning rate of an epoch (from 0, of `epochs`) is multiplied by. */
export type ProbeSchedule = (epoch: number, epochs: number) => number;

/**
 * Cosine decay, set once an epoch: final + (1 − final) · ½ (1 + cos(π · epoch / epochs)).
 *
 * @param final What the cosine goes to after the last epoch, as a fraction of the start. Default 0.
 *
 * @example
 * ```ts
 * cosineDecay()(50, 100); // 0.5
 * ```
 */
export function cosineDecay(final = 0): ProbeSchedule {
  return (epoch, epochs) => final + (1 - final) * 0.5 * (1 + Math.cos((Math.PI * epoch) / epochs));
}

/**
 * Multiplies by `factor` from each of the given epochs on.
 *
 * @param milestones Epochs, counted from 0.
 * @param factor Default 0.1.
 *
 * @example
 * ```ts
 * stepDecay([60, 80])(70, 100); // 0.1
 * ```
 */
export function stepDecay(milestones: readonly number[], factor = 0.1): ProbeSchedule {
  return (epoch) => factor ** milestones.filter((milestone) => epoch >= milestone).length;
}
