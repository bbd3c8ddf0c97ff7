import { backend_util, type KernelConfig, MaxPool, MaxPoolGrad, type TensorInfo } from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from '../../vendored.js';
import type { OpAttribute } from '../attributes.js';
import { intAttribute, numericType, stringAttribute, typeAttribute } from '../op-attributes.js';
import { explicitPadding } from './explicit-padding.js';

/** Max pooling (NHWC) with padding given as a number too, which tfjs-node's own kernel refuses. */
const maxPool: KernelConfig = {
  kernelName: MaxPool,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { x } = inputs as { x: TensorInfo };
    const attributes = attributesOf(x, attrs as unknown as PoolAttributes);
    return (backend as TensorFlowBackend).executeSingleOutput(MaxPool, attributes, [x]);
  },
};

/** The gradient of {@link maxPool}. */
const maxPoolGrad: KernelConfig = {
  kernelName: MaxPoolGrad,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { dy, input, output } = inputs as { dy: TensorInfo; input: TensorInfo; output: TensorInfo };
    const attributes = attributesOf(input, attrs as unknown as PoolAttributes, output.shape);
    return (backend as TensorFlowBackend).executeSingleOutput(MaxPoolGrad, attributes, [input, output, dy]);
  },
};

export const maxPoolKernels = [maxPool, maxPoolGrad];

/** The attributes of pooling as tfjs gives them. */
interface PoolAttributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

function attributesOf(
  x: TensorInfo,
  { filterSize, strides, pad, dimRoundingMode }: PoolAttributes,
  [, height, width]: number[] = [],
): OpAttribute[] {
  const shape = x.shape as [number, number, number, number];
  const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const attributes = [
    typeAttribute('T', numericType(x.dtype)),
    intAttribute('ksize', [1, info.filterHeight, info.filterWidth, 1]),
    intAttribute('strides', [1, info.strideHeight, info.strideWidth, 1]),
    stringAttribute('data_format', 'NHWC'),
  ];
  const { type } = info.padInfo;
  if (type === 'SAME' || type === 'VALID') return [...attributes, stringAttribute('padding', type)];
  const explicit = [0, 0, ...explicitPadding(info, height, width), 0, 0];
  return [...attributes, stringAttribute('padding', 'EXPLICIT'), intAttribute('explicit_paddings', explicit)];
}
