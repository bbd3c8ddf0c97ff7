import { addReluGradient } from '../gradients/add-relu-gradient.js';
import { addKernel } from '../kernels/add-kernel.js';
import { batchNormTrainingGradKernel, batchNormTrainingKernel } from './kernels/batch-norm-training.js';
import { conv2dKernels } from './kernels/conv2d.js';
import { gatherWithoutLooking } from './kernels/gather.js';
import { maxPoolKernels } from './kernels/max-pool.js';
import { reluGradKernel } from './kernels/relu-grad.js';

/**
 * Gives tfjs-node's backend what trains faster in one operation of TensorFlow's, and what its kernels lack for training;
 * returns the undo.
 *
 * - `BatchNormTraining`, `BatchNormTrainingGrad`: kernels that `@hcsc/backbones` looks for.
 * - The gradient of `Relu` as one operation, from its output.
 * - Convolution, max pooling and their gradients with padding by numbers, which tfjs-node refuses.
 * - `gather` without downloading the indices.
 *
 * It needs the backend `tensorflow` of any binding: `startRuntime({ backend: 'native' })` calls it, a
 * `@tensorflow/tfjs-node` that is in use already takes it too. Other backends are not touched.
 *
 * @throws Error if the backend's kernels are not there: import `@tensorflow/tfjs-node` first.
 *
 * @example
 * ```ts
 * import '@tensorflow/tfjs-node'; // brings the gradients too
 * const undo = trainOnNative();
 * ```
 */
export function trainOnNative(): () => void {
  const kernels = [
    ...conv2dKernels,
    ...maxPoolKernels,
    batchNormTrainingKernel,
    batchNormTrainingGradKernel,
    reluGradKernel,
  ];
  // First what throws if there is no such backend.
  const undo = [gatherWithoutLooking(), ...kernels.map(addKernel), addReluGradient('tensorflow')];
  return () => {
    for (const step of undo.splice(0).reverse()) step();
  };
}
