import {
  engine,
  type GradConfig,
  getGradient,
  type NamedTensorMap,
  registerGradient,
  type Tensor,
  unregisterGradient,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { overrideGradient, type SavedTensors } from './override-gradient.js';

/** The gradient of the kernel `ReluGrad` itself, so that second derivatives work. */
const reluGradGradient: GradConfig = {
  kernelName: 'ReluGrad',
  inputsToSave: ['x'],
  gradFunc: (ddy, saved) => ({
    dy: () => reluGrad(ddy as Tensor, saved[0]!),
    x: () => zerosLike(saved[0]!),
  }),
};

let backends = 0;

/**
 * Of `Relu` its output is kept, which the next layer keeps too, and not its input. Wherever one is above 0, so is the
 * other: tfjs's own gradient comes to the same.
 */
const saves: SavedTensors = { inputsToSave: [], outputsToSave: [true] };

/**
 * Makes the gradient of `Relu` one operation on a backend that has a kernel `ReluGrad` (inputs `dy`, `x`), and returns
 * the undo. Without tfjs's gradients, which come with `@tensorflow/tfjs-layers`, there is nothing to do.
 */
export function addReluGradient(backendName: string): () => void {
  if (getGradient('Relu') === undefined) return () => {};
  if (backends++ === 0) registerGradient(reluGradGradient);
  const undo = overrideGradient('Relu', backendName, (dy, [y]) => ({ x: () => reluGrad(dy, y!) }), saves);
  let undone = false;
  return () => {
    if (undone) return;
    undone = true;
    undo();
    if (--backends === 0) unregisterGradient(reluGradGradient.kernelName);
  };
}

function reluGrad(dy: Tensor, x: Tensor): Tensor {
  return engine().runKernel('ReluGrad', { dy, x } as NamedTensorMap);
}
