import {
  backend_util,
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  type KernelConfig,
  stridedSlice,
  type Tensor4D,
  type TensorInfo,
  tensor1d,
} from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from '../../vendored.js';
import type { OpAttribute } from '../attributes.js';
import { intAttribute, numericType, stringAttribute, typeAttribute } from '../op-attributes.js';
import { explicitPadding } from './explicit-padding.js';

type Shape4D = [number, number, number, number];

/** The attributes of a convolution as tfjs gives them. */
interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** Convolution, with padding given as numbers too, which tfjs-node's own kernel takes in one of its two forms only. */
const conv2d: KernelConfig = {
  kernelName: Conv2D,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { x, filter } = inputs as { x: TensorInfo; filter: TensorInfo };
    const attributes = attributesOf(x.shape, filter.shape, attrs as unknown as ConvolutionAttributes, x.dtype);
    return (backend as TensorFlowBackend).executeSingleOutput(Conv2D, attributes, [x, filter]);
  },
};

/** The gradient of the images; tfjs-node's own refuses padding given as numbers. */
const conv2dBackpropInput: KernelConfig = {
  kernelName: Conv2DBackpropInput,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
    const { inputShape } = attrs as { inputShape: Shape4D };
    const attributes = attributesOf(
      inputShape,
      filter.shape,
      attrs as unknown as ConvolutionAttributes,
      dy.dtype,
      dy.shape,
    );
    const sizes = tensor1d(inputShape, 'int32');
    try {
      return (backend as TensorFlowBackend).executeSingleOutput(Conv2DBackpropInput, attributes, [sizes, filter, dy]);
    } finally {
      sizes.dispose();
    }
  },
};

/**
 * The gradient of the filter; tfjs-node's own refuses padding given as numbers.
 *
 * A filter of one pixel looks at every `stride`-th pixel only: these are taken out first, since oneDNN, as TensorFlow 2.21
 * has it, writes beyond its memory for such a filter with strides and up to 12 input channels on AVX-512.
 */
const conv2dBackpropFilter: KernelConfig = {
  kernelName: Conv2DBackpropFilter,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { x, dy } = inputs as { x: Tensor4D; dy: TensorInfo };
    const { filterShape, ...convolution } = attrs as unknown as ConvolutionAttributes & { filterShape: Shape4D };
    const run = (images: TensorInfo, how: ConvolutionAttributes) => {
      const attributes = attributesOf(images.shape, filterShape, how, dy.dtype, dy.shape);
      const sizes = tensor1d(filterShape, 'int32');
      try {
        return (backend as TensorFlowBackend).executeSingleOutput(Conv2DBackpropFilter, attributes, [
          images,
          sizes,
          dy,
        ]);
      } finally {
        sizes.dispose();
      }
    };
    const steps = stepsOfOnePixel(convolution, filterShape);
    if (steps === null) return run(x, convolution);
    const seen = stridedSlice(x, [0, 0, 0, 0], x.shape, steps);
    try {
      return run(seen, { ...convolution, strides: 1, pad: 'valid' });
    } finally {
      seen.dispose();
    }
  },
};

/** The strides of a filter of one pixel without padding, for each axis; null for any other. */
function stepsOfOnePixel({ strides, pad, dataFormat }: ConvolutionAttributes, [height, width]: Shape4D) {
  const [down, across] = typeof strides === 'number' ? [strides, strides] : strides;
  if (height !== 1 || width !== 1 || (down === 1 && across === 1)) return null;
  return pad === 'same' || pad === 'valid' || pad === 0 ? perAxis(dataFormat, down, across) : null;
}

export const conv2dKernels = [conv2d, conv2dBackpropInput, conv2dBackpropFilter];

function attributesOf(
  inputShape: number[],
  filterShape: number[],
  { strides, pad, dataFormat, dilations = 1, dimRoundingMode }: ConvolutionAttributes,
  dtype: string,
  outputShape: number[] = [],
): OpAttribute[] {
  const channels = backend_util.convertConv2DDataFormat(dataFormat);
  const info = backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    false,
    channels,
  );
  const attributes = [
    typeAttribute('T', numericType(dtype)),
    intAttribute('strides', perAxis(dataFormat, info.strideHeight, info.strideWidth)),
    intAttribute('dilations', perAxis(dataFormat, info.dilationHeight, info.dilationWidth)),
    stringAttribute('data_format', dataFormat),
  ];
  const { type } = info.padInfo;
  if (type === 'SAME' || type === 'VALID') return [...attributes, stringAttribute('padding', type)];
  const [height, width] = dataFormat === 'NHWC' ? outputShape.slice(1) : outputShape.slice(2);
  const amounts = explicitPadding(info, height, width);
  const explicit = dataFormat === 'NHWC' ? [0, 0, ...amounts, 0, 0] : [0, 0, 0, 0, ...amounts];
  return [...attributes, stringAttribute('padding', 'EXPLICIT'), intAttribute('explicit_paddings', explicit)];
}

function perAxis(dataFormat: 'NHWC' | 'NCHW', height: number, width: number): number[] {
  return dataFormat === 'NHWC' ? [1, height, width, 1] : [1, 1, height, width];
}
