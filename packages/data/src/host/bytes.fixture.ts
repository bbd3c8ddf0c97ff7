import { createRng } from '@hcsc/random';
import { type Tensor4D, tensor } from '@tensorflow/tfjs-core';
import type { Canvas } from './canvas.js';

/** An image as it is loaded. */
export interface LoadedImage {
  readonly bytes: Uint8Array;
  readonly shape: readonly [height: number, width: number, channels: number];
}

/** Noise, some of it in the grays, black and white among it. */
export function noiseBytes(height: number, width: number, channels: number, seed = 1): LoadedImage {
  const rng = createRng(seed);
  const bytes = Uint8Array.from({ length: height * width * channels }, () => rng.integer(256));
  const grays = [0, 255, 77];
  for (let pixel = 0; pixel < height * width; pixel += 5) {
    bytes.fill(grays[(pixel / 5) % 3]!, pixel * channels, (pixel + 1) * channels);
  }
  return { bytes, shape: [height, width, channels] };
}

/** The image as transforms on tensors take it; the caller disposes it. */
export const asTensor = ({ bytes, shape }: LoadedImage): Tensor4D =>
  tensor(
    Float32Array.from(bytes, (byte) => Math.fround(byte / 255)),
    [1, ...shape],
  ) as Tensor4D;

/** What is on a canvas, as float32 in the shape of a batch of one image. */
export function pixelsOn(canvas: Canvas): { shape: number[]; data: Float32Array } {
  const shape = [1, canvas.height, canvas.width, canvas.channels];
  const data = new Float32Array(shape.reduce((a, b) => a * b));
  canvas.write(data, 0);
  return { shape, data };
}

/** Loads an image and returns the canvas. */
export function loadOn(canvas: Canvas, { bytes, shape }: LoadedImage): Canvas {
  canvas.load(bytes, ...shape);
  return canvas;
}
