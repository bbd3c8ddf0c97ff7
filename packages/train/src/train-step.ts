import type { ViewPlan } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import { compile } from '@hcsc/runtime';
import { scalar, type Tensor4D } from '@tensorflow/tfjs-core';
import { accumulatedStep, type BatchStep } from './accumulated-step.js';
import { deviceStep } from './device-step.js';
import { equalParts } from './equal-parts.js';
import type { Method } from './method.js';
import type { Optimizer } from './optimizer.js';
import type { StepBatch } from './step-batch.js';
import { type StepPiecesOptions, stepPlaces, tidied } from './step-pieces.js';

export type { StepBatch } from './step-batch.js';

/** What is trained, on which views, and how. */
export interface TrainStepOptions {
  readonly method: Method;
  readonly views: ViewPlan;
  /** Made for the method's parameters. */
  readonly optimizer: Optimizer;
  /** Compile the step (see `compile` of `@hcsc/runtime`), or run it operation by operation. Default true. */
  readonly compile?: boolean;
  /**
   * Take each batch in so many equal parts, one after another, and update with the mean of their gradients, so that a
   * batch needs the memory of a part. Default 1: the whole batch at once. Batch statistics are those of each part.
   */
  readonly accumulate?: number;
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
   * To be called when something has changed that the step is not given, that is no variable, and that the method's
   * `traceKey` does not tell of: a compiled step has it by value.
   */
  reset(): void;
  /** Frees what was compiled. */
  dispose(): void;
}

/**
 * Makes the training step of a run.
 *
 * With `accumulate`, a part counts as a batch for views, targets and loss; `beforeStep`, the optimiser and what comes after it
 * see the whole: a queue is what it was for all parts, and then gets the keys of all. The first part draws what the whole
 * batch would, the others draw from forks.
 *
 * @throws RangeError if `accumulate` is no positive integer; `run` rejects with one if the images cannot be taken in so many
 *   equal parts.
 *
 * @example
 * ```ts
 * const optimizer = sgd({ learningRate: 0.03 }).create(method.parameters);
 * const step = trainStep({ method, views: mocoV2({ size: 28 }), optimizer });
 * const { loss } = await step.run(images, { indices, labels: null, rng: rng.fork('step 0') }, 0.03);
 * step.dispose();
 * ```
 */
export function trainStep({ compile: compiled = true, accumulate = 1, ...given }: TrainStepOptions): TrainStep {
  equalParts(accumulate, accumulate); // refuses what is no number of parts
  // One stream for all steps, put to each step's state: what is compiled keeps the stream it was traced with.
  const options = { ...given, rng: createRng(0) };
  const step =
    accumulate === 1
      ? wholeStep(options, compiled)
      : accumulatedStep({ ...options, parts: accumulate, compile: compiled });
  const { method } = given;
  let key = method.traceKey?.();
  return {
    async run(images, batch, learningRate, { features: wanted = false } = {}) {
      const now = method.traceKey?.();
      if (now !== key) step.reset();
      key = now;
      const { values, parts, features } = step.run(images, batch, learningRate);
      try {
        const [loss, ...rest] = (await values.data()) as Float32Array;
        return {
          loss: loss!,
          parts: Object.fromEntries(parts.map((name, i) => [name, rest[i]!])),
          features:
            wanted && features ? { values: (await features.data()) as Float32Array, shape: features.shape } : null,
        };
      } finally {
        values.dispose();
        features?.dispose();
      }
    },
    reset: step.reset,
    dispose: step.dispose,
  };
}

/** The step of a batch at once, one function if it is compiled. */
function wholeStep(options: StepPiecesOptions, compiled: boolean): BatchStep {
  const eager = deviceStep(options);
  const traced = compiled ? compile(eager) : null;
  const step = traced ?? eager;
  return {
    run(images, batch, learningRate) {
      options.rng.restore(batch.rng.state());
      return tidied(() => step(images, stepPlaces(batch), scalar(learningRate)));
    },
    reset: () => traced?.reset(),
    dispose: () => traced?.dispose(),
  };
}
