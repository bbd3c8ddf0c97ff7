import type { Rng } from '@hcsc/random';
import { memoryFigures } from './epoch-figures.js';
import type { StepRecord } from './log-record.js';
import type { Method } from './method.js';
import { featureStatistics } from './monitors/feature-statistics.js';
import { nonFiniteLoss } from './monitors/non-finite-loss.js';
import type { Recipe } from './recipe.js';
import type { StepImagesBatch } from './step-images.js';
import type { TrainStep } from './train-step.js';

/** What all steps of a run have in common. */
export interface TrainOneStepOptions {
  readonly recipe: Recipe;
  readonly method: Method;
  readonly training: TrainStep;
  readonly stepsPerEpoch: number;
  /** The run's stream; a step draws from a fork of its number. */
  readonly rng: Rng;
}

/** Which step of a run it is, and what its record has of what came before it. */
export interface StepPlace {
  readonly step: number;
  readonly epoch: number;
  /** The balance of the prototypes in use, by level. */
  readonly balance: Readonly<Record<string, number>>;
  /** Seconds: waiting for its images, and what was done before its epoch, if it is the first one. */
  readonly time: { readonly waiting: number; readonly beforeEpoch: number };
}

/**
 * Trains one step, disposes its batch, and gives its record.
 *
 * @throws Error if the loss or a part is not finite, with the step and the part.
 */
export async function trainOneStep(
  { recipe, method, training, stepsPerEpoch, rng }: TrainOneStepOptions,
  batch: StepImagesBatch,
  { step, epoch, balance, time }: StepPlace,
): Promise<StepRecord> {
  const started = performance.now();
  const { optimizer, schedule, epochs, batchSize, featuresEvery = 10 } = recipe;
  const measured = step % featuresEvery === 0 || (step + 1) % stepsPerEpoch === 0;
  try {
    const learningRate = schedule.learningRate(optimizer.learningRate, { step, stepsPerEpoch, epochs });
    const { indices, keyIndices, labels } = batch;
    const given = { indices, keyIndices, labels, rng: rng.fork(`step ${step}`) };
    const { loss, parts, features } = await training.run(batch.images, given, learningRate, { features: measured });
    const problem = nonFiniteLoss(step, loss, parts);
    if (problem) throw new Error(problem);
    const seconds = (performance.now() - started) / 1000;
    return {
      ...{ type: 'step', step, epoch, learningRate, loss, parts, state: { ...method.figures?.(), ...balance } },
      ...(features && { features: featureStatistics(features.values, features.shape) }),
      time: { step: seconds, ...time, imagesPerSecond: batchSize / seconds },
      memory: memoryFigures(),
    };
  } finally {
    batch.dispose();
  }
}
