import { getKernel, type KernelConfig, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { overrideGradient } from '../gradients/override-gradient.js';
import { conv2dBackpropKernels } from './conv2d-backprop-kernels.js';
import { conv2dGradient } from './conv2d-gradient.js';
import { matMulGradient } from './mat-mul-gradient.js';
import { unsortedSegmentSumKernel } from './unsorted-segment-sum.js';

/** Kernels the wasm backend lacks, or has too slow. */
const kernels: KernelConfig[] = [unsortedSegmentSumKernel, ...conv2dBackpropKernels];

/**
 * Gives tfjs's wasm backend the gradients that training convolutional networks needs, and returns the undo.
 *
 * The gradients of `Conv2D` and `BatchMatMul` are replaced on wasm only, other backends keep theirs; kernels that the
 * backend lacks, or has too slow, are set. `startRuntime({ backend: 'wasm' })` calls it.
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
    ...kernels.map(setKernel),
  ];
  return () => {
    for (const step of undo.splice(0).reverse()) step();
  };
}

/** Registers a kernel in the place of the backend's own, if it has one; the undo puts that back. */
function setKernel(kernel: KernelConfig): () => void {
  const { kernelName, backendName } = kernel;
  const own = getKernel(kernelName, backendName);
  if (own) unregisterKernel(kernelName, backendName);
  registerKernel(kernel);
  return () => {
    if (getKernel(kernelName, backendName) !== kernel) return;
    unregisterKernel(kernelName, backendName);
    if (own) registerKernel(own);
  };
}
