import { type CompiledFunction, compile } from '@hcsc/runtime';
import {
  add,
  concat,
  dispose,
  div,
  mean,
  type Scalar,
  scalar,
  slice,
  stack,
  Tensor,
  type Tensor1D,
  type Tensor4D,
  tidy,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { equalParts } from './equal-parts.js';
import type { StepBatch } from './step-batch.js';
import {
  type Figures,
  type StepInput,
  type StepPiecesOptions,
  type StepPlaces,
  stepPieces,
  stepPlaces,
  tidied,
} from './step-pieces.js';

export interface AccumulatedStepOptions extends StepPiecesOptions {
  /** How many equal parts a batch is taken in. */
  readonly parts: number;
  readonly compile: boolean;
}

/** A training step, up to the download of its figures. */
export interface BatchStep {
  /** The images are not disposed. The caller disposes the figures. */
  run(images: StepInput, batch: StepBatch, learningRate: number): Figures;
  reset(): void;
  dispose(): void;
}

/**
 * Makes a step that takes its batch in equal parts, one after another, and updates once with the mean of their gradients.
 *
 * All parts see the method as it was before the step: queues and the like change after the update, by each part's targets
 * in turn. The first part draws from the step's own stream, the part with index p from its fork `part p`. Figures are means over the
 * parts, features those of all.
 *
 * The pieces are compiled one by one: in a single function TensorFlow could run the parts side by side. `run` throws a
 * RangeError if the images cannot be taken in equal parts.
 */
export function accumulatedStep({ parts, compile: compiled, ...options }: AccumulatedStepOptions): BatchStep {
  const { method, rng } = options;
  const pieces = stepPieces(options);
  const made: Pick<CompiledFunction<[], void>, 'reset' | 'dispose'>[] = [];
  const piece = <A extends readonly unknown[], R>(fn: (...args: A) => R): ((...args: A) => R) => {
    if (!compiled) return fn;
    const traced = compile(fn);
    made.push(traced);
    return traced;
  };

  const begin = method.beforeStep ? piece(pieces.begin) : () => {};
  const descend = piece((images: StepInput, places: StepPlaces, sums: readonly Tensor[]) =>
    tidied(() => {
      const { figures, gradients, targets } = pieces.descend(images, places);
      const next = sums.map((sum, i) => add(sum, gradients[i]!));
      // Targets that nobody asks for later need no memory.
      return { figures, sums: next, targets: method.afterStep ? targets : null };
    }),
  );
  const update = piece((sums: readonly Tensor[], learningRate: Scalar) =>
    tidy(() => {
      pieces.update(
        sums.map((sum) => div(sum, parts)),
        learningRate,
      );
    }),
  );

  return {
    run(images, batch, learningRate) {
      const size = equalParts((images instanceof Tensor ? images : images[0]!).shape[0], parts);
      return tidied(() => {
        begin();
        let sums: readonly Tensor[] = method.parameters.map(({ variable }) => zerosLike(variable));
        const done = Array.from({ length: parts }, (_, p) => {
          rng.restore((p === 0 ? batch.rng : batch.rng.fork(`part ${p}`)).state());
          const places = stepPlaces(batch, p * size, (p + 1) * size);
          const { figures, targets, ...descent } = tidied(() => {
            const cut = (whole: Tensor4D) => slice(whole, p * size, size) as Tensor4D;
            return descend(images instanceof Tensor ? cut(images) : images.map(cut), places, sums);
          });
          dispose(sums as Tensor[]);
          sums = descent.sums;
          return { figures, targets, places, state: rng.state() };
        });
        update(sums, scalar(learningRate));
        // As it is, not compiled: targets can hold what no compiled function takes.
        for (const { targets, places, state } of done) {
          if (!targets) continue;
          rng.restore(state);
          pieces.finish(targets, places);
        }
        return together(done.map(({ figures }) => figures));
      });
    },
    reset() {
      for (const each of made) each.reset();
    },
    dispose() {
      for (const each of made) each.dispose();
    },
  };
}

/** Figures of a batch, of those of its equal parts. */
function together(figures: readonly Figures[]): Figures {
  const features = figures.flatMap((part) => part.features ?? []);
  return {
    values: mean(stack(figures.map(({ values }) => values)), 0) as Tensor1D,
    parts: figures[0]!.parts,
    features: features.length > 0 ? concat(features) : null,
  };
}
