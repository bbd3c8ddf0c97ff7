import {
  backend_util,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  type conv2d,
  type KernelConfig,
  type NamedAttrMap,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { filterGradient, inputGradient } from './conv2d-gradient.js';

type Shape4D = [number, number, number, number];

function infoOf(attrs: NamedAttrMap, inputShape: Shape4D, filterShape: Shape4D): backend_util.Conv2DInfo {
  const { strides, dimRoundingMode } = attrs as { strides: number; dimRoundingMode?: 'floor' | 'round' | 'ceil' };
  return backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    1,
    attrs.pad as Parameters<typeof conv2d>[3],
    dimRoundingMode,
  );
}

/**
 * `Conv2DBackpropFilter`, which the wasm backend lacks, and `Conv2DBackpropInput`, ten times faster as a convolution
 * than the backend's own.
 *
 * `fused.conv2d`, and with it every convolution of tfjs-layers, differentiates through these two and not through the
 * gradient of `Conv2D`.
 */
export const conv2dBackpropKernels: KernelConfig[] = [
  {
    kernelName: Conv2DBackpropFilter,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const { x, dy } = inputs as unknown as { x: Tensor4D; dy: Tensor4D };
      return tidy(() => filterGradient(dy, x, infoOf(attrs!, x.shape, attrs!.filterShape as Shape4D)));
    },
  },
  {
    kernelName: Conv2DBackpropInput,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const { dy, filter } = inputs as unknown as { dy: Tensor4D; filter: Tensor4D };
      return tidy(() => inputGradient(dy, filter, infoOf(attrs!, attrs!.inputShape as Shape4D, filter.shape)));
    },
  },
];
