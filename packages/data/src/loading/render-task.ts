import type { RngState } from '@hcsc/random';
import type { EncodedImage } from '../sources/encoded-images.js';
import type { HostStep, Size } from '../transforms/host-step.js';

/** Images whose bytes are at hand, packed `[n, height, width, channels]`. */
export interface PixelImages {
  readonly pixels: SharedArrayBuffer;
  /** Where the first image of the task begins, in bytes. */
  readonly offset: number;
  readonly shape: readonly [height: number, width: number, channels: number];
}

/** Images to be decoded. */
export interface FileImages {
  readonly files: readonly EncodedImage[];
  /** What they are decoded to: RGB or grey. */
  readonly channels: 1 | 3;
}

/** Where one view of the images of a task goes. */
export interface RenderedView {
  readonly steps: readonly HostStep[];
  /** Of the result, which the steps must give. */
  readonly size: Size;
  /** Where row 0 begins, of `[n, height, width, channels]` elements. */
  readonly offset: number;
}

/** What is made of an image that is one of a pair. */
export interface ImagePart {
  /** Of the batch. */
  readonly row: number;
  /** Which views, from 0. */
  readonly views: readonly number[];
}

/** A part of a batch, for one worker. */
export interface RenderTask {
  readonly images: PixelImages | FileImages;
  /** Each image's place in the order of the epoch: its random stream is the fork of that name. */
  readonly positions: readonly number[];
  readonly rng: RngState;
  readonly views: readonly RenderedView[];
  /** Of each image. Default: all views, and the rows follow one another. */
  readonly parts?: readonly ImagePart[];
  /** Float32 numbers, or bytes. */
  readonly format: 'float32' | 'uint8';
  readonly output: SharedArrayBuffer;
}

/** An image that could not be read: its place in the task, and what the decoder said. */
export interface RenderFailure {
  readonly at: number;
  readonly reason: string;
}

/** The images that could not be rendered; all others are in the output. */
export type RenderResult = readonly RenderFailure[];
