import { _FusedMatMul, BatchMatMul, Conv2D, FusedConv2D, GatherV2, Slice } from '@tensorflow/tfjs-core';
import { addReluGradient } from '../gradients/add-relu-gradient.js';
import { addKernel, wrapKernel } from '../kernels/add-kernel.js';
import { batchNormTrainingGradKernel, batchNormTrainingKernel } from './batch-norm-training.js';
import { conv2dWrapper } from './conv2d.js';
import { conv2dBackpropFilterKernel } from './conv2d-backprop-filter.js';
import { conv2dBackpropInputKernel } from './conv2d-backprop-input.js';
import { gatherWrapper } from './gather.js';
import { identityKernel } from './identity.js';
import { matMulWrapper } from './mat-mul.js';
import { maxPoolGradKernel } from './max-pool-grad.js';
import { reluGradKernel } from './relu-grad.js';
import { sliceWrapper } from './slice.js';
import { unsortedSegmentSumKernel } from './unsorted-segment-sum.js';

/**
 * Gives tfjs's wasm backend what training convolutional networks needs, and returns the undo.
 *
 * It adds the kernels that gradients ask for and the backend lacks (`Conv2DBackpropFilter`, `UnsortedSegmentSum`) and
 * those that train in one operation (`BatchNormTraining` and its gradient, ReLU's gradient), and replaces what is slow
 * (`Conv2D`, `Conv2DBackpropInput`, `BatchMatMul` with transposed operands, `GatherV2`, `Identity`, `Slice`) or wrong (`MaxPoolGrad`
 * of numbers below 0, `BatchMatMul` by the same data in two shapes). What is done often is done by WebAssembly functions
 * of our own on the backend's memory. Other backends are not touched. `startRuntime({ backend: 'wasm' })` calls it.
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
  const wrapMatMul = matMulWrapper();
  const undo = [
    wrapKernel(BatchMatMul, 'wasm', wrapMatMul),
    wrapKernel(_FusedMatMul, 'wasm', wrapMatMul),
    wrapKernel(Conv2D, 'wasm', conv2dWrapper),
    wrapKernel(FusedConv2D, 'wasm', conv2dWrapper),
    wrapKernel(Slice, 'wasm', sliceWrapper),
    wrapKernel(GatherV2, 'wasm', gatherWrapper),
    addKernel(identityKernel),
    addKernel(batchNormTrainingKernel),
    addKernel(batchNormTrainingGradKernel),
    addKernel(reluGradKernel),
    addReluGradient('wasm'),
    addKernel(conv2dBackpropInputKernel),
    addKernel(conv2dBackpropFilterKernel),
    addKernel(maxPoolGradKernel),
    addKernel(unsortedSegmentSumKernel),
  ];
  return () => {
    for (const step of undo.splice(0).reverse()) step();
  };
}
