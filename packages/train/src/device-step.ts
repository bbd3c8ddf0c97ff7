import type { ViewPlan } from '@hcsc/data';
import type { Rng } from '@hcsc/random';
import {
  clone,
  keep,
  type Scalar,
  stack,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  type TensorContainer,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs-core';
import type { Method } from './method.js';
import type { Optimizer } from './sgd.js';

/** What is trained, on which views, and how. */
export interface DeviceStepOptions {
  readonly method: Method;
  readonly views: ViewPlan;
  /** Made for the method's parameters. */
  readonly optimizer: Optimizer;
  /** The stream of the step; restored to another state before each one. */
  readonly rng: Rng;
}

/** What a step says of itself. */
export interface Figures {
  /** The loss and its parts, `[1 + parts]`; the caller disposes them. */
  readonly values: Tensor1D;
  /** The names of the parts. */
  readonly parts: readonly string[];
  /** The rows that the method gives to be watched, `[N, D]`, or null; the caller disposes them. */
  readonly features: Tensor2D | null;
}

/** All of a training step that runs on the device, as a function of tensors that a compiler can trace. */
export type DeviceStep = (
  images: Tensor4D | readonly Tensor4D[],
  indices: Tensor1D,
  labels: Tensor1D | null,
  learningRate: Scalar,
) => Figures;

/** Puts views, targets, gradients, update and hooks together. */
export function deviceStep({ method, views: plan, optimizer, rng }: DeviceStepOptions): DeviceStep {
  const variables = method.parameters.map((parameter) => parameter.variable);
  return (images, indices, labels, learningRate) => {
    let names: string[] = [];
    let figures = null as Tensor1D | null;
    let watched = null as Tensor2D | null;
    try {
      const made = tidy(() => {
        method.beforeStep?.();
        const batch = { indices, labels, rng };
        const views = plan.apply(images, rng.fork('views'));
        const targets = tidy(() => method.targets(views, batch) as TensorContainer) as object;
        const { grads } = variableGrads(() => {
          const { total, parts, features } = method.loss(views, targets, batch);
          names = Object.keys(parts);
          // The gradient's scope disposes all but the total: figures and features are kept past it.
          if (features) watched = keep(clone(features));
          figures = keep(stack([total, ...Object.values(parts)]) as Tensor1D);
          return total;
        }, variables);
        const gradients = method.parameters.map(({ name, variable }) => {
          const gradient = grads[variable.name];
          if (!gradient) throw new Error(`${method.name}: the loss does not depend on the parameter ${name}`);
          return gradient;
        });
        optimizer.apply(gradients, learningRate);
        method.afterStep?.(targets, batch);
        return { values: clone(figures!), ...(watched && { features: clone(watched) }) };
      });
      return { values: made.values, features: made.features ?? null, parts: names };
    } finally {
      figures?.dispose();
      watched?.dispose();
    }
  };
}
