import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from '../../vendored.js';
import { numericType, typeAttribute } from '../op-attributes.js';

/** `dy` where `x` is above 0, else 0: one operation in place of tfjs's six. */
export const reluGradKernel: KernelConfig = {
  kernelName: 'ReluGrad',
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, backend }) => {
    const { dy, x } = inputs as { dy: TensorInfo; x: TensorInfo };
    const attributes = [typeAttribute('T', numericType(dy.dtype))];
    return (backend as TensorFlowBackend).executeSingleOutput('ReluGrad', attributes, [dy, x]);
  },
};
