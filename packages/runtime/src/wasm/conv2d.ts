import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { backend_util, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { convolutionInfo, isPlain } from './convolution-info.js';
import { convolveGrid, gridOf } from './convolve-grid.js';
import { filterPanels, PANEL_COLUMNS } from './filter-panels.js';
import { framedImages, frameOf } from './framed-images.js';
import { blockOf, withScratch } from './scratch.js';
import { simdFunctions } from './simd/functions.js';

/**
 * Wraps the wasm backend's `Conv2D` and `FusedConv2D`: plain convolutions of float32, without a bias and an activation,
 * are done by our own function, half as fast again; what is left goes to the backend.
 */
export function conv2dWrapper(own: KernelFunc): KernelFunc {
  return (call) => {
    const { x, filter, bias, preluActivationWeights } = call.inputs as Record<string, TensorInfo | undefined>;
    const attrs = call.attrs!;
    const info = convolutionInfo(attrs, x!.shape, filter!.shape);
    const bare = !bias && !preluActivationWeights && (attrs.activation ?? 'linear') === 'linear';
    const floats = x!.dtype === 'float32' && filter!.dtype === 'float32';
    if (!bare || !floats || !isPlain(info)) return own(call);
    return convolution(call.backend as BackendWasm, x!, filter!, info);
  };
}

function convolution(
  backend: BackendWasm,
  x: TensorInfo,
  filter: TensorInfo,
  info: backend_util.Conv2DInfo,
): TensorInfo {
  const { batchSize, outHeight, outWidth, outChannels, inChannels, filterHeight, filterWidth } = info;
  const { strideHeight, strideWidth } = info;
  const y = backend.makeOutput(info.outShape, 'float32');
  if (y.shape.includes(0)) return y;
  return withScratch(backend, (allocate) => {
    const images = framedImages(backend, x, frameOf(info), allocate);
    const run = filterWidth * inChannels;
    const rows = filterHeight * run;
    const panels = allocate(rows * Math.ceil(outChannels / PANEL_COLUMNS) * PANEL_COLUMNS);
    const values = blockOf(backend, filter).values();
    filterPanels(
      { rows, columns: outChannels, values, offset: (row) => row * outChannels, columnStep: 1 },
      panels.values(),
    );
    convolveGrid(simdFunctions(backend), {
      from: gridOf(images, strideHeight, strideWidth),
      to: gridOf({ pointer: blockOf(backend, y).pointer, height: outHeight, width: outWidth, channels: outChannels }),
      images: batchSize,
      height: outHeight,
      width: outWidth,
      columns: outChannels,
      panels: panels.pointer,
      filterHeight,
      run,
      filterRow: 4 * images.width * inChannels,
    });
    return y;
  });
}
