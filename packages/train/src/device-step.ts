import type { Scalar } from '@tensorflow/tfjs-core';
import {
  type Figures,
  type StepInput,
  type StepPiecesOptions,
  type StepPlaces,
  stepPieces,
  tidied,
} from './step-pieces.js';

/** All of a training step that runs on the device, as a function of tensors that a compiler can trace. */
export type DeviceStep = (images: StepInput, places: StepPlaces, learningRate: Scalar) => Figures;

/** Puts views, targets, gradients, update and hooks together, for the whole batch at once. */
export function deviceStep(options: StepPiecesOptions): DeviceStep {
  const { begin, descend, update, finish } = stepPieces(options);
  return (images, places, learningRate) =>
    tidied(() => {
      begin();
      const { figures, gradients, targets } = descend(images, places);
      update(gradients, learningRate);
      finish(targets, places);
      return figures;
    });
}
