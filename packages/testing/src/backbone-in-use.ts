import type { Rng } from '@hcsc/random';
import {
  add,
  addN,
  mul,
  type Scalar,
  sum,
  type Tensor,
  type Tensor4D,
  tidy,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';
import { difference } from './allclose.js';
import type { ClaimedGradient } from './wrong-slopes.js';

const list = (outputs: Tensor | Tensor[]): Tensor[] => (Array.isArray(outputs) ? outputs : [outputs]);
/** What a model gives in inference, all at once. */
export const infer = (model: LayersModel, images: Tensor): Tensor[] =>
  list(model.predict(images, { batchSize: images.shape[0]! }));
/** What a model gives in inference or in training, which may move statistics. */
export const run = (model: LayersModel, images: Tensor, training: boolean): Tensor[] =>
  list(model.apply(images, { training }) as Tensor);

/** The images that a model takes: as given, or as it says. */
export function imageShapeOf(model: LayersModel, given?: readonly [number, number, number]): [number, number, number] {
  const [height, width, channels] = given ?? (model.inputs[0]!.shape.slice(1) as (number | null)[]);
  return [height ?? 8, width ?? 8, channels ?? 3];
}

export const valuesOfWeight = (weight: Tensor) => Array.from(weight.dataSync());
/** The values of all weights. */
export const valuesOf = (model: LayersModel) => model.getWeights().map(valuesOfWeight);
/** The names by which weights are saved. */
export const namesOf = (model: LayersModel) => model.weights.map(({ originalName }) => originalName);

/** The variables that training moves by gradients, and the others. */
export function weightsOf(model: LayersModel): { trainable: Variable[]; others: Variable[] } {
  const [trainable, others] = [model.trainableWeights, model.nonTrainableWeights].map((weights) =>
    weights.map((weight) => weight.read() as Variable),
  );
  return { trainable: trainable!, others: others! };
}

/** Moves every weight that trains a little, so that none is 0 or 1 by its making. */
export function nudge(model: LayersModel, rng: Rng): void {
  tidy(() => {
    for (const weight of weightsOf(model).trainable) {
      weight.assign(add(weight, rng.normalTensor(weight.shape, 0, 0.1)));
    }
  });
}

/** A random projection of all that a model gives: the same of equal streams. */
export const objective = (outputs: Tensor[], rng: Rng): Scalar =>
  addN(outputs.map((output) => sum(mul(output, rng.normalTensor(output.shape))))) as Scalar;

/** The gradient of the objective, by weight. */
export function gradients(model: LayersModel, images: Tensor4D, rng: Rng, training: boolean): ClaimedGradient[] {
  const { trainable } = weightsOf(model);
  if (trainable.length === 0) return [];
  const slopes = tidy(() => {
    const f = () => objective(run(model, images, training), rng.fork('projection'));
    const { grads } = variableGrads(f, trainable);
    return trainable.map(({ name }) => {
      expect(grads[name], `gradient of ${name}`).toBeTruthy();
      return valuesOfWeight(grads[name]!);
    });
  });
  const names = model.trainableWeights.map(({ originalName }) => originalName);
  return trainable.map((variable, i) => ({ name: names[i]!, variable, gradient: slopes[i]! }));
}

/** Numbers that may differ by rounding. */
export function expectNear(given: number[], expected: number[], tolerance: number): void {
  expect(given.length).toBe(expected.length);
  const { difference: worst, scale } = difference(given, expected);
  expect(worst).toBeLessThanOrEqual(tolerance * (scale + 1e-3));
}
