import { backend_util, type NamedAttrMap } from '@tensorflow/tfjs-core';

/** The geometry of a convolution from its kernel's attributes. */
export function convolutionInfo(
  attrs: NamedAttrMap,
  inputShape: readonly number[],
  filterShape: readonly number[],
): backend_util.Conv2DInfo {
  const {
    strides,
    pad,
    dilations = 1,
    dimRoundingMode,
    dataFormat,
  } = attrs as {
    strides: number | [number, number];
    pad: Parameters<typeof backend_util.computeConv2DInfo>[4];
    dilations?: number | [number, number];
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
    dataFormat: 'NHWC' | 'NCHW';
  };
  type Shape = [number, number, number, number];
  return backend_util.computeConv2DInfo(
    inputShape as Shape,
    filterShape as Shape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat(dataFormat),
  );
}

/** Whether our own functions take a convolution: channels last, no dilation. */
export function isPlain({ dataFormat, dilationHeight, dilationWidth }: backend_util.Conv2DInfo): boolean {
  return dataFormat === 'channelsLast' && dilationHeight === 1 && dilationWidth === 1;
}
