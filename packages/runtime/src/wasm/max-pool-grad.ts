import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type KernelConfig, MaxPoolGrad, type TensorInfo } from '@tensorflow/tfjs-core';

/**
 * `MaxPoolGrad` (NHWC): each output's gradient goes to the first of its window's largest inputs.
 *
 * The wasm backend's own kernel takes no number below 0 for a largest one, and so loses the gradient of such windows.
 */
export const maxPoolGradKernel: KernelConfig = {
  kernelName: MaxPoolGrad,
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { dy, input } = inputs as { dy: TensorInfo; input: TensorInfo };
    const { filterSize, strides, pad, dimRoundingMode } = attrs as {
      filterSize: number | [number, number];
      strides: number | [number, number];
      pad: 'same' | 'valid' | number;
      dimRoundingMode?: 'floor' | 'round' | 'ceil';
    };
    const shape = input.shape as [number, number, number, number];
    const wasm = backend as BackendWasm;
    const dx = wasm.makeOutput(input.shape, 'float32');
    // Views of the heap: taken after the allocation, which may move it.
    spread(
      wasm.typedArrayFromHeap(input),
      wasm.typedArrayFromHeap(dy),
      wasm.typedArrayFromHeap(dx).fill(0),
      backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode),
    );
    return dx;
  },
};

type Numbers = ReturnType<BackendWasm['typedArrayFromHeap']>;

function spread(x: Numbers, dy: Numbers, dx: Numbers, info: backend_util.Conv2DInfo): void {
  const { inHeight, inWidth, outHeight, outWidth, inChannels } = info;
  const window = (out: number, stride: number, before: number, filter: number, size: number): [number, number] => {
    const first = out * stride - before;
    return [Math.max(0, first), Math.min(size, first + filter)];
  };
  let out = 0;
  for (let n = 0; n < info.batchSize; n++) {
    for (let oh = 0; oh < outHeight; oh++) {
      const [top, bottom] = window(oh, info.strideHeight, info.padInfo.top, info.filterHeight, inHeight);
      for (let ow = 0; ow < outWidth; ow++) {
        const [left, right] = window(ow, info.strideWidth, info.padInfo.left, info.filterWidth, inWidth);
        for (let c = 0; c < inChannels; c++, out++) {
          let best = -1;
          for (let h = top; h < bottom; h++) {
            const end = ((n * inHeight + h) * inWidth + right) * inChannels + c;
            for (let at = end - (right - left) * inChannels; at < end; at += inChannels) {
              if (best < 0 || x[at]! > x[best]!) best = at;
            }
          }
          if (best >= 0) dx[best]! += dy[out]!;
        }
      }
    }
  }
}
