import {
  engine,
  type GradConfig,
  type KernelConfig,
  type NamedTensorMap,
  type Tensor,
  type TensorInfo,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { BackendGradient } from '../../gradients/override-gradient.js';
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

/** The gradient of `Relu` by way of {@link reluGradKernel}. */
export const reluGradient: BackendGradient = (dy, saved) => ({ x: () => reluGrad(dy, saved[0]!) });

/** The gradient of {@link reluGradKernel} itself, so that second derivatives work. */
export const reluGradGradient: GradConfig = {
  kernelName: 'ReluGrad',
  inputsToSave: ['x'],
  gradFunc: (ddy, saved) => ({
    dy: () => reluGrad(ddy as Tensor, saved[0]!),
    x: () => zerosLike(saved[0]!),
  }),
};

function reluGrad(dy: Tensor, x: Tensor): Tensor {
  return engine().runKernel('ReluGrad', { dy, x } as NamedTensorMap);
}
