import type { Scalar, Tensor1D } from '@tensorflow/tfjs-core';
import { type Figures, type StepInput, type StepPiecesOptions, stepPieces, tidied } from './step-pieces.js';

/** All of a training step that runs on the device, as a function of tensors that a compiler can trace. */
export type DeviceStep = (
  images: StepInput,
  indices: Tensor1D,
  labels: Tensor1D | null,
  learningRate: Scalar,
) => Figures;

/** Puts views, targets, gradients, update and hooks together, for the whole batch at once. */
export function deviceStep(options: StepPiecesOptions): DeviceStep {
  const { begin, descend, update, finish } = stepPieces(options);
  return (images, indices, labels, learningRate) =>
    tidied(() => {
      begin();
      const { figures, gradients, targets } = descend(images, indices, labels);
      update(gradients, learningRate);
      finish(targets, indices, labels);
      return figures;
    });
}
