import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core';
import { type Block, blockOf } from './scratch.js';

/** Images `[N, height, width, channels]` on the heap. */
export interface Images {
  readonly pointer: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Zeros around images: how many rows and columns on each side, and how many channels there are with those added. */
export interface Frame {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  readonly channels: number;
}

/** The zeros that a convolution sees around its input. */
export function frameOf(info: backend_util.Conv2DInfo, channels = info.inChannels): Frame {
  const { top, left } = info.padInfo;
  const missing = (out: number, stride: number, filter: number, before: number, size: number) =>
    Math.max(0, (out - 1) * stride + filter - before - size);
  return {
    top,
    bottom: missing(info.outHeight, info.strideHeight, info.filterHeight, top, info.inHeight),
    left,
    right: missing(info.outWidth, info.strideWidth, info.filterWidth, left, info.inWidth),
    channels,
  };
}

/** Images `[N, H, W, C]` with zeros around them; as they are if there are none to add. */
export function framedImages(
  backend: BackendWasm,
  x: TensorInfo,
  { top, bottom, left, right, channels }: Frame,
  allocate: (size: number) => Block,
): Images {
  const [images, height, width, own] = x.shape as [number, number, number, number];
  if (top + bottom + left + right === 0 && channels === own) {
    return { pointer: blockOf(backend, x).pointer, height, width, channels };
  }
  const framed = { height: top + height + bottom, width: left + width + right, channels };
  const block = allocate(images * framed.height * framed.width * channels);
  const to = block.values().fill(0);
  const from = blockOf(backend, x).values();
  let source = 0;
  for (let n = 0; n < images; n++) {
    for (let h = 0; h < height; h++) {
      let target = ((n * framed.height + top + h) * framed.width + left) * channels;
      if (channels === own) {
        to.set(from.subarray(source, source + width * own), target);
        source += width * own;
        continue;
      }
      for (let w = 0; w < width; w++, target += channels) {
        for (let c = 0; c < own; c++) to[target + c] = from[source++]!;
      }
    }
  }
  return { pointer: block.pointer, ...framed };
}
