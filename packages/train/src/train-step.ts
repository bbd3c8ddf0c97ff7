import type { ViewPlan } from '@hcsc/data';
import { createRng, type Rng } from '@hcsc/random';
import { compile } from '@hcsc/runtime';
import { dispose, scalar, type Tensor1D, type Tensor4D, tensor1d } from '@tensorflow/tfjs-core';
import { deviceStep, type Figures } from './device-step.js';
import type { Method } from './method.js';
import type { Optimizer } from './sgd.js';

/** What is trained, on which views, and how. */
export interface TrainStepOptions {
  readonly method: Method;
  readonly views: ViewPlan;
  /** Made for the method's parameters. */
  readonly optimizer: Optimizer;
  /** Compile the step (see `compile` of `@hcsc/runtime`), or run it operation by operation. Default true. */
  readonly compile?: boolean;
}

/** Which images a step is given, and the random stream it draws from. */
export interface StepBatch {
  /** Positions in the training source. */
  readonly indices: Int32Array;
  readonly labels: Int32Array | null;
  /** A stream of this step's own, such as `rng.fork('step 7')`; it does not move. */
  readonly rng: Rng;
}

/** The figures of one step. */
export interface StepResult {
  readonly loss: number;
  readonly parts: Readonly<Record<string, number>>;
  /** Unit rows `[N, D]` whose collapse is watched; null if they were not asked for, or the method gives none. */
  readonly features: { readonly values: Float32Array; readonly shape: readonly [number, number] } | null;
}

/** A training step that can be repeated; made by {@link trainStep}. */
export interface TrainStep {
  /**
   * Views, targets, gradients, update, hooks; reads the loss and its parts back as numbers.
   *
   * @param images `[N, H, W, C]` float32 in [0, 1], or a list of one such tensor per view, if views were begun elsewhere;
   *   not disposed.
   * @param learningRate The rate of this step, from the schedule.
   * @param options `features`: download the features of the method's loss too; default false.
   */
  run(
    images: Tensor4D | readonly Tensor4D[],
    batch: StepBatch,
    learningRate: number,
    options?: { features?: boolean },
  ): Promise<StepResult>;
  /**
   * To be called when something has changed that the step is not given and that is no variable, such as a method's
   * prototypes: a compiled step has them by value.
   */
  reset(): void;
  /** Frees what was compiled. */
  dispose(): void;
}

/**
 * Makes the training step of a run.
 *
 * @example
 * ```ts
 * const optimizer = sgd({ learningRate: 0.03 }).create(method.parameters);
 * const step = trainStep({ method, views: mocoV2({ size: 28 }), optimizer });
 * const { loss } = await step.run(images, { indices, labels: null, rng: rng.fork('step 0') }, 0.03);
 * step.dispose();
 * ```
 */
export function trainStep({ compile: compiled = true, ...options }: TrainStepOptions): TrainStep {
  // One stream for all steps, put to each step's state: what is compiled keeps the stream it was traced with.
  const rng = createRng(0);
  const eager = deviceStep({ ...options, rng });
  const traced = compiled ? compile(eager) : null;
  const step = traced ?? eager;
  return {
    async run(images, { indices, labels, rng: own }, learningRate, { features: wanted = false } = {}) {
      rng.restore(own.state());
      const given: { indices: Tensor1D; labels: Tensor1D | null } = {
        indices: tensor1d(indices, 'int32'),
        labels: labels && tensor1d(labels, 'int32'),
      };
      const rate = scalar(learningRate);
      let figures: Figures | null = null;
      try {
        figures = step(images, given.indices, given.labels, rate);
        const { parts, features } = figures;
        const [loss, ...values] = (await figures.values.data()) as Float32Array;
        return {
          loss: loss!,
          parts: Object.fromEntries(parts.map((name, i) => [name, values[i]!])),
          features:
            wanted && features ? { values: (await features.data()) as Float32Array, shape: features.shape } : null,
        };
      } finally {
        dispose([given.indices, rate]);
        given.labels?.dispose();
        figures?.values.dispose();
        figures?.features?.dispose();
      }
    },
    reset: () => traced?.reset(),
    dispose: () => traced?.dispose(),
  };
}
