import { getKernel, type KernelConfig, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { overrideGradient } from '../gradients/override-gradient.js';
import { conv2dGradient } from './conv2d-gradient.js';
import { matMulGradient } from './mat-mul-gradient.js';
import { unsortedSegmentSumKernel } from './unsorted-segment-sum.js';

/** Kernels the wasm backend lacks. */
const kernels: KernelConfig[] = [unsortedSegmentSumKernel];

/**
 * Gives tfjs's wasm backend the gradients that training convolutional networks needs, and returns the undo.
 *
 * The gradients of `Conv2D` and `BatchMatMul` are replaced on wasm only, other backends keep theirs; kernels that the
 * backend lacks are added. `startRuntime({ backend: 'wasm' })` calls it.
 *
 * @throws Error if tfjs has no gradients yet: import `@tensorflow/tfjs-layers` first.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-layers';
 * import '@tensorflow/tfjs-backend-wasm';
 * const undo = trainOnWasm();
 * ```
 */
export function trainOnWasm(): () => void {
  const undo = [
    overrideGradient('Conv2D', 'wasm', conv2dGradient),
    overrideGradient('BatchMatMul', 'wasm', matMulGradient),
    ...kernels.map(addKernel),
  ];
  return () => {
    for (const step of undo.splice(0).reverse()) step();
  };
}

/** Registers a kernel unless the backend has one of that name; the undo removes what was registered. */
function addKernel(kernel: KernelConfig): () => void {
  const { kernelName, backendName } = kernel;
  if (getKernel(kernelName, backendName) !== undefined) return () => {};
  registerKernel(kernel);
  return () => {
    if (getKernel(kernelName, backendName) === kernel) unregisterKernel(kernelName, backendName);
  };
}
