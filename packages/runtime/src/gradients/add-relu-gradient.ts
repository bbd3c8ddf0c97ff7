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
import { overrideGradient } from './override-gradient.js';

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
 * Makes the gradient of `Relu` one operation on a backend that has a kernel `ReluGrad` (inputs `dy`, `x`), and returns
 * the undo. Without tfjs's gradients, which come with `@tensorflow/tfjs-layers`, there is nothing to do.
 */
export function addReluGradient(backendName: string): () => void {
  if (getGradient('Relu') === undefined) return () => {};
  if (backends++ === 0) registerGradient(reluGradGradient);
  const undo = overrideGradient('Relu', backendName, (dy, saved) => ({ x: () => reluGrad(dy, saved[0]!) }));
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
