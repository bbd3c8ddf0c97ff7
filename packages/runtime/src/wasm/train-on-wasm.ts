import { BatchMatMul } from '@tensorflow/tfjs-core';
import { addKernel, wrapKernel } from '../kernels/add-kernel.js';
import { conv2dBackpropFilterKernel, conv2dBackpropInputKernel } from './conv2d-backprop.js';
import { transposingMatMul } from './mat-mul.js';
import { unsortedSegmentSumKernel } from './unsorted-segment-sum.js';

/**
 * Gives tfjs's wasm backend what training convolutional networks needs, and returns the undo.
 *
 * It adds the kernels that gradients ask for and the backend lacks (`Conv2DBackpropFilter`, `UnsortedSegmentSum`), and
 * replaces those that are ten times too slow (`Conv2DBackpropInput`, `BatchMatMul` with transposed operands). Other
 * backends are not touched. `startRuntime({ backend: 'wasm' })` calls it.
 *
 * @throws Error if the wasm backend is not there: import `@tensorflow/tfjs-backend-wasm` first.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-layers'; // brings the gradients
 * import '@tensorflow/tfjs-backend-wasm';
 * const undo = trainOnWasm();
 * ```
 */
export function trainOnWasm(): () => void {
  const undo = [
    wrapKernel(BatchMatMul, 'wasm', transposingMatMul),
    addKernel(conv2dBackpropInputKernel),
    addKernel(conv2dBackpropFilterKernel),
    addKernel(unsortedSegmentSumKernel),
  ];
  return () => {
    for (const step of undo.splice(0).reverse()) step();
  };
}
