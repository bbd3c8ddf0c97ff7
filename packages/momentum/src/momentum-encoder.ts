import { atEachCall, perCall, refuseWhileTracing } from '@hcsc/trace';
import { add, mul, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { copyModel } from './copy-model.js';
import { constantMomentum, type MomentumSchedule } from './momentum-schedule.js';
import { pairWeights } from './weight-pairs.js';
import { withoutGradient } from './without-gradient.js';

/** Options of {@link momentumEncoder}. */
export interface MomentumEncoderOptions {
  /** Share of its own weights that the copy keeps at an update, or a schedule of it; default 0.999 (MoCo). */
  momentum?: number | MomentumSchedule;
  /** Updates of the whole run, for schedules that need it. */
  totalSteps?: number;
}

/** A copy of a model that follows it slowly; made by {@link momentumEncoder}. */
export interface MomentumEncoder {
  /** The copy: variables of its own, none trainable. */
  readonly model: LayersModel;
  /** Updates done; where a schedule stands. */
  readonly step: number;
  /** The momentum of the last update, null before the first; for logs. */
  readonly momentum: number | null;
  /**
   * Runs the copy without a gradient; with `training` (default true, as MoCo) batch norm uses and updates the batch's
   * statistics. The caller disposes the result: one tensor, or as many as the model has outputs.
   */
  forward<T extends Tensor | Tensor[] = Tensor>(images: Tensor, options?: { training?: boolean }): T;
  /**
   * Moves the copy towards the model: key = m · key + (1 − m) · query for every weight that layers train; running
   * statistics stay the copy's own. `momentum` stands in for the options' for this once; RangeError if it is not from 0
   * to 1. In a compiled function each call has the schedule's own momentum.
   */
  update(momentum?: number): void;
  /** What a checkpoint needs beside the weights of `model`. */
  state(): { step: number };
  /** Goes on from a state; weights are restored through `model`. */
  restore(state: { step: number }): void;
  /** Disposes the copy; the model it was made from stays. */
  dispose(): void;
}

/**
 * Makes the momentum (key) encoder of a model: a frozen copy, updated by an exponential moving average of its weights (MoCo, He et al. 2020, eq. 2).
 *
 * @param query Any LayersModel; layers of one's own must be registered, since the copy is made from the configuration.
 * @throws RangeError if a momentum is not from 0 to 1 or `totalSteps` is no positive integer; TypeError if a schedule comes without `totalSteps`, or the
 *   model cannot be copied.
 *
 * @example
 * ```ts
 * const key = momentumEncoder(query, { momentum: 0.999 });
 * key.update(); // then, as MoCo does:
 * const keys = key.forward(images); // no gradient
 * ```
 */
export function momentumEncoder(
  query: LayersModel,
  { momentum = 0.999, totalSteps }: MomentumEncoderOptions = {},
): MomentumEncoder {
  if (typeof momentum === 'function' && totalSteps === undefined) {
    throw new TypeError('Cannot schedule the momentum over a run of unknown length: give totalSteps');
  }
  if (totalSteps !== undefined && !(Number.isInteger(totalSteps) && totalSteps > 0)) {
    throw new RangeError(`Cannot schedule the momentum over ${totalSteps} steps: give a positive integer`);
  }
  const schedule = typeof momentum === 'function' ? momentum : constantMomentum(momentum);
  const model = copyModel(query);
  const { parameters, buffers } = pairWeights(query, model);
  for (const pair of [...parameters, ...buffers]) pair.key.write(pair.query.read());
  model.trainable = false;
  let step = 0;
  let last: number | null = null;
  const refuseRead = (what: string) => refuseWhileTracing(`read encoder.${what}`, 'it between calls');
  return {
    model,
    get step() {
      refuseRead('step');
      return step;
    },
    get momentum() {
      refuseRead('momentum');
      return last;
    },
    forward<T extends Tensor | Tensor[] = Tensor>(images: Tensor, { training = true } = {}) {
      return withoutGradient(() => model.apply(images, { training }) as T);
    },
    update(override) {
      let m = 0;
      const choose = () => {
        m = override ?? schedule(step, totalSteps ?? 0);
        if (!(m >= 0 && m <= 1)) throw new RangeError(`Cannot average with momentum ${m}: give a number from 0 to 1`);
      };
      if (override !== undefined) choose();
      atEachCall(choose);
      tidy(() => {
        const [own, other] = [perCall(() => m), perCall(() => 1 - m)];
        for (const { query, key } of parameters) key.write(add(mul(key.read(), own), mul(query.read(), other)));
      });
      atEachCall(() => {
        step += 1;
        last = m;
      });
    },
    state() {
      refuseRead('state()');
      return { step };
    },
    restore(state) {
      refuseWhileTracing('run encoder.restore()', 'it between calls');
      if (!Number.isInteger(state.step) || state.step < 0) {
        throw new RangeError(`Cannot go on from step ${state.step}: give an integer of at least 0`);
      }
      step = state.step;
    },
    dispose() {
      model.dispose();
    },
  };
}
