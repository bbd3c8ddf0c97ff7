import type { ViewPlan } from '@hcsc/data';
import type { Rng } from '@hcsc/random';
import {
  clone,
  keep,
  type Scalar,
  stack,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  type TensorContainer,
  tensor1d,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs-core';
import type { Method } from './method.js';
import type { Optimizer } from './optimizer.js';
import type { StepBatch } from './step-batch.js';

/** What is trained, on which views, and how. */
export interface StepPiecesOptions {
  readonly method: Method;
  readonly views: ViewPlan;
  /** Made for the method's parameters. */
  readonly optimizer: Optimizer;
  /** The stream of the step; restored to another state before each one. */
  readonly rng: Rng;
}

/** Images of a step: `[N, H, W, C]`, or a list of one such tensor per view. */
export type StepInput = Tensor4D | readonly Tensor4D[];

/** Which images a step is of, each `[N]` int32. */
export interface StepPlaces {
  readonly indices: Tensor1D;
  readonly keyIndices: Tensor1D;
  readonly labels: Tensor1D | null;
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

/** What comes of a batch before the optimiser is applied; the caller disposes the tensors. */
export interface Descent {
  readonly figures: Figures;
  /** In the order of the method's parameters. */
  readonly gradients: readonly Tensor[];
  /** As the method gives them; what it owns of them is not to be disposed. */
  readonly targets: object;
}

/** The places of a batch, or of the part of it from `start` to `end`, as tensors. */
export function stepPlaces(
  { indices, keyIndices = indices, labels }: Pick<StepBatch, 'indices' | 'keyIndices' | 'labels'>,
  start = 0,
  end = indices.length,
): StepPlaces {
  const of = (values: Int32Array) => tensor1d(values.subarray(start, end), 'int32');
  return { indices: of(indices), keyIndices: of(keyIndices), labels: labels && of(labels) };
}

/** A training step in pieces, each a function of tensors that a compiler can trace. */
export interface StepPieces {
  /** Before the targets, once a step. */
  begin(): void;
  /** Views, targets, loss and gradients. */
  descend(images: StepInput, places: StepPlaces): Descent;
  /** The optimiser. */
  update(gradients: readonly Tensor[], learningRate: Scalar): void;
  /** After the optimiser, for the targets of the loss. */
  finish(targets: object, places: StepPlaces): void;
}

/** `tidy` for results that hold null as well. */
export const tidied = <T extends object>(run: () => T): T => tidy(run as unknown as () => TensorContainer) as T;

/** Takes a step of a method apart: what is to be compiled together is for others to say. */
export function stepPieces({ method, views: plan, optimizer, rng }: StepPiecesOptions): StepPieces {
  const variables = method.parameters.map((parameter) => parameter.variable);
  return {
    begin: () => method.beforeStep?.(),
    descend(images, places) {
      let parts: string[] = [];
      let values = null as Tensor1D | null;
      let watched = null as Tensor2D | null;
      try {
        return tidied(() => {
          const batch = { ...places, rng };
          const views = plan.apply(images, rng.fork('views'));
          const targets = tidied(() => method.targets(views, batch));
          const { grads } = variableGrads(() => {
            const loss = method.loss(views, targets, batch);
            parts = Object.keys(loss.parts);
            // The gradient's scope disposes all but the total: figures and features are kept past it.
            if (loss.features) watched = keep(clone(loss.features));
            values = keep(stack([loss.total, ...Object.values(loss.parts)]) as Tensor1D);
            return loss.total;
          }, variables);
          const gradients = method.parameters.map(({ name, variable }) => {
            const gradient = grads[variable.name];
            if (!gradient) throw new Error(`${method.name}: the loss does not depend on the parameter ${name}`);
            return gradient;
          });
          const features = watched && clone(watched);
          return { figures: { values: clone(values!), parts, features }, gradients, targets };
        });
      } finally {
        values?.dispose();
        watched?.dispose();
      }
    },
    update: (gradients, learningRate) => optimizer.apply(gradients, learningRate),
    finish: (targets, places) => method.afterStep?.(targets, { ...places, rng }),
  };
}
