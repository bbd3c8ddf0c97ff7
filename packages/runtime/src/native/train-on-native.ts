import { addReluGradient } from '../gradients/add-relu-gradient.js';
import { addKernel } from '../kernels/add-kernel.js';
import { batchNormTrainingGradKernel, batchNormTrainingKernel } from './kernels/batch-norm-training.js';
import { conv2dKernels } from './kernels/conv2d.js';
import { gatherWithoutLooking } from './kernels/gather.js';
import { maxPoolKernels } from './kernels/max-pool.js';
import { reluGradKernel } from './kernels/relu-grad.js';

/** Adds to tfjs-node's kernels what trains faster in one operation, and what they lack; returns the undo. */
export function trainOnNative(): () => void {
  const kernels = [
    ...conv2dKernels,
    ...maxPoolKernels,
    batchNormTrainingKernel,
    batchNormTrainingGradKernel,
    reluGradKernel,
  ];
  const undo = [...kernels.map(addKernel), gatherWithoutLooking(), addReluGradient('tensorflow')];
  return () => {
    for (const step of undo.splice(0).reverse()) step();
  };
}
