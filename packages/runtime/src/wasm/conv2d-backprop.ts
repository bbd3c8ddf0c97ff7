import {
  backend_util,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  conv2d,
  type KernelConfig,
  type NamedAttrMap,
  pad,
  reshape,
  reverse,
  slice,
  type Tensor,
  type Tensor4D,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';

type Shape4D = [number, number, number, number];
type Padding = Parameters<typeof conv2d>[3];

/** `Conv2DBackpropFilter` (NHWC) as a convolution: the wasm backend has no kernel of that name. */
export const conv2dBackpropFilterKernel: KernelConfig = {
  kernelName: Conv2DBackpropFilter,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs }) => {
    const { x, dy } = inputs as unknown as { x: Tensor4D; dy: Tensor4D };
    return tidy(() => filterGradient(dy, x, infoOf(attrs!, x.shape, attrs!.filterShape as Shape4D)));
  },
};

/** `Conv2DBackpropInput` (NHWC) as a convolution, ten times faster than the wasm backend's own kernel. */
export const conv2dBackpropInputKernel: KernelConfig = {
  kernelName: Conv2DBackpropInput,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs }) => {
    const { dy, filter } = inputs as unknown as { dy: Tensor4D; filter: Tensor4D };
    return tidy(() => inputGradient(dy, filter, infoOf(attrs!, attrs!.inputShape as Shape4D, filter.shape)));
  },
};

function infoOf(attrs: NamedAttrMap, inputShape: Shape4D, filterShape: Shape4D): backend_util.Conv2DInfo {
  const { strides, pad, dimRoundingMode, dataFormat } = attrs as {
    strides: number | [number, number];
    pad: Parameters<typeof backend_util.computeConv2DInfo>[4];
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
    dataFormat: 'NHWC' | 'NCHW';
  };
  if (dataFormat !== 'NHWC') throw new RangeError(`Convolutions on wasm need the data format NHWC, got ${dataFormat}`);
  return backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad, dimRoundingMode);
}

/** dy, with stride − 1 zeros put between its pixels, convolved with the filter turned by 180° and its channels exchanged. */
function inputGradient(dy: Tensor4D, filter: Tensor4D, info: backend_util.Conv2DInfo): Tensor4D {
  const { inHeight, inWidth, filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const top = filterHeight - 1 - info.padInfo.top;
  const left = filterWidth - 1 - info.padInfo.left;
  const spread = insertZeros(dy, strideHeight, strideWidth);
  const padded = padOrCrop(
    spread,
    [top, inHeight + filterHeight - 1 - top - spread.shape[1]],
    [left, inWidth + filterWidth - 1 - left - spread.shape[2]],
  );
  const turned = transpose(reverse(filter, [0, 1]), [0, 1, 3, 2]);
  return conv2d(padded.x, turned, 1, padded.padding);
}

/** x convolved with dy, batch and channels exchanged, the stride acting as dilation. */
function filterGradient(dy: Tensor4D, x: Tensor4D, info: backend_util.Conv2DInfo): Tensor4D {
  const { filterHeight, filterWidth, strideHeight, strideWidth, outHeight, outWidth, inHeight, inWidth } = info;
  // Only the pixels the filter has seen: the last ones are left out if the stride does not divide what is there.
  const seenHeight = (outHeight - 1) * strideHeight + filterHeight;
  const seenWidth = (outWidth - 1) * strideWidth + filterWidth;
  const { x: images, padding } = padOrCrop(
    x,
    [info.padInfo.top, seenHeight - inHeight - info.padInfo.top],
    [info.padInfo.left, seenWidth - inWidth - info.padInfo.left],
  );
  const gradient = conv2d(transpose(images, [3, 1, 2, 0]), transpose(dy, [1, 2, 0, 3]), 1, padding, 'NHWC', [
    strideHeight,
    strideWidth,
  ]);
  return transpose(gradient, [1, 2, 0, 3]);
}

/** Puts `strideHeight − 1` rows and `strideWidth − 1` columns of zeros after each row and column. */
function insertZeros(x: Tensor4D, strideHeight: number, strideWidth: number): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  let result: Tensor = x;
  if (strideWidth > 1) {
    const columns = reshape(result, [batch * height * width, 1, channels]);
    result = pad(columns, [[0, 0], [0, strideWidth - 1], [0, 0]]); // biome-ignore format: one line
  }
  if (strideHeight > 1) {
    const rows = reshape(result, [batch * height, 1, width * strideWidth * channels]);
    result = pad(rows, [[0, 0], [0, strideHeight - 1], [0, 0]]); // biome-ignore format: one line
  }
  return reshape(result, [batch, height * strideHeight, width * strideWidth, channels]);
}

/** Splits an amount to pad, negative where there is to crop, into a crop made here and a padding left to conv2d. */
function padOrCrop(x: Tensor4D, rows: [number, number], columns: [number, number]): { x: Tensor4D; padding: Padding } {
  const crop = (amount: number) => Math.max(0, -amount);
  const padding = (amount: number) => Math.max(0, amount);
  const begin: Shape4D = [0, crop(rows[0]), crop(columns[0]), 0];
  const size: Shape4D = [
    x.shape[0],
    x.shape[1] - begin[1] - crop(rows[1]),
    x.shape[2] - begin[2] - crop(columns[1]),
    x.shape[3],
  ];
  const cropped = size[1] < x.shape[1] || size[2] < x.shape[2] ? slice(x, begin, size) : x;
  return {
    x: cropped,
    padding: [[0, 0], [padding(rows[0]), padding(rows[1])], [padding(columns[0]), padding(columns[1])], [0, 0]], // biome-ignore format: one line
  };
}
