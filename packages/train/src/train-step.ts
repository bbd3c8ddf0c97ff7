import type { ViewPlan } from '@hcsc/data';
import {
  keep,
  stack,
  type Tensor,
  type Tensor4D,
  type TensorContainer,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs-core';
import type { Method, MethodBatch } from './method.js';
import type { Optimizer } from './sgd.js';

/** What one step needs, next to its batch. */
export interface TrainStepOptions {
  readonly method: Method;
  readonly views: ViewPlan;
  readonly optimizer: Optimizer;
}

/** The figures of one step. */
export interface StepResult {
  readonly loss: number;
  readonly parts: Readonly<Record<string, number>>;
}

/**
 * One training step: views, targets, gradients, update, hook; reads the loss and its parts back as numbers.
 *
 * @param images `[N, H, W, C]` float32 in [0, 1]; not disposed.
 * @param learningRate The rate of this step, from the schedule.
 */
export function trainStep(
  { method, views: plan, optimizer }: TrainStepOptions,
  images: Tensor4D,
  batch: MethodBatch,
  learningRate: number,
): StepResult {
  let names: string[] = [];
  let figures = null as Tensor | null;
  try {
    tidy(() => {
      const views = plan.apply(images, batch.rng.fork('views'));
      const targets = tidy(() => method.targets(views, batch) as TensorContainer) as object;
      const variables = method.parameters.map((parameter) => parameter.variable);
      const { grads } = variableGrads(() => {
        const { total, parts } = method.loss(views, targets, batch);
        names = Object.keys(parts);
        // The gradient's scope disposes all but the total: the figures are kept past it.
        figures = keep(stack([total, ...Object.values(parts)]));
        return total;
      }, variables);
      const gradients = method.parameters.map(({ name, variable }) => {
        const gradient = grads[variable.name];
        if (!gradient) throw new Error(`${method.name}: the loss does not depend on the parameter ${name}`);
        return gradient;
      });
      optimizer.apply(method.parameters, gradients, learningRate);
      method.afterStep?.(targets, batch);
    });
    const [loss, ...values] = figures!.dataSync() as Float32Array;
    return { loss: loss!, parts: Object.fromEntries(names.map((name, i) => [name, values[i]!])) };
  } finally {
    figures?.dispose();
  }
}
