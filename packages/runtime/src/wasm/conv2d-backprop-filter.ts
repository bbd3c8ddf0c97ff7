import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type backend_util, Conv2DBackpropFilter, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';
import { convolutionInfo, isPlain } from './convolution-info.js';
import { gridOf } from './convolve-grid.js';
import { framedImages, frameOf } from './framed-images.js';
import { blockOf, withScratch } from './scratch.js';
import { simdFunctions } from './simd/functions.js';

/** Pixels whose products are summed before the sums are put away: few enough for the processor's nearest cache. */
const PIXELS_AT_A_TIME = 128;

/** `Conv2DBackpropFilter` (NHWC, float32), which the wasm backend lacks. */
export const conv2dBackpropFilterKernel: KernelConfig = {
  kernelName: Conv2DBackpropFilter,
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const info = convolutionInfo(attrs!, x.shape, attrs!.filterShape as number[]);
    if (!isPlain(info)) {
      throw new RangeError('Gradients of convolutions on wasm need the data format NHWC and no dilation');
    }
    return filterGradient(backend as BackendWasm, x, dy, info);
  },
};

function filterGradient(
  backend: BackendWasm,
  x: TensorInfo,
  dy: TensorInfo,
  info: backend_util.Conv2DInfo,
): TensorInfo {
  const { batchSize, outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const simd = simdFunctions(backend);
  const dw = backend.makeOutput(info.filterShape, 'float32');
  return withScratch(backend, (allocate) => {
    // What the function takes at a time: 4 channels of x, 8 of dy.
    const inChannels = 4 * Math.ceil(info.inChannels / 4);
    const outChannels = 8 * Math.ceil(info.outChannels / 8);
    const images = framedImages(backend, x, frameOf(info, inChannels), allocate);
    const none = { top: 0, bottom: 0, left: 0, right: 0 };
    const gradients = framedImages(backend, dy, { ...none, channels: outChannels }, allocate);
    const fits = inChannels === info.inChannels && outChannels === info.outChannels;
    const size = filterHeight * filterWidth * inChannels * outChannels;
    const sums = fits ? blockOf(backend, dw) : allocate(size);
    sums.values().fill(0);

    const from = gridOf(images, strideHeight, strideWidth);
    const to = gridOf(gradients);
    const rows = Math.max(1, Math.round(PIXELS_AT_A_TIME / outWidth));
    for (let n = 0; n < batchSize; n++) {
      for (let row = 0; row < outHeight; row += rows) {
        for (let kh = 0; kh < filterHeight; kh++) {
          for (let kw = 0; kw < filterWidth; kw++) {
            simd.filterGradient({
              x: from.pointer + n * from.imageStep + row * from.rowStep + 4 * (kh * images.width + kw) * inChannels,
              dy: to.pointer + n * to.imageStep + row * to.rowStep,
              dw: sums.pointer + 4 * (kh * filterWidth + kw) * inChannels * outChannels,
              height: Math.min(rows, outHeight - row),
              width: outWidth,
              channels: 4 * inChannels,
              outChannels: 4 * outChannels,
              pixelStep: from.pixelStep,
              rowJump: from.rowStep - outWidth * from.pixelStep,
              outPixelStep: to.pixelStep,
              outRowJump: to.rowStep - outWidth * to.pixelStep,
            });
          }
        }
      }
    }
    if (!fits) {
      const [all, wanted] = [sums.values(), blockOf(backend, dw).values()];
      for (let row = 0, at = 0; at < wanted.length; row++) {
        const channel = row % info.inChannels;
        const from = (((row - channel) / info.inChannels) * inChannels + channel) * outChannels;
        for (let c = 0; c < info.outChannels; c++) wanted[at++] = all[from + c]!;
      }
    }
    return dw;
  });
}
