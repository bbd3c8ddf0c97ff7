import type { Interpolation, Size } from '../transforms/host-step.js';
import { WasmCanvas } from './wasm-canvas.js';

/** Options of {@link Canvas.crop}. */
export interface CanvasCropOptions {
  /** Mirror left to right on the way. Default false. */
  flip?: boolean;
  /** Widen the kernel by the scale factor when shrinking, as PIL does. Default true. */
  antialias?: boolean;
  /** Default `'bilinear'`. */
  interpolation?: Interpolation;
}

/**
 * One image to work on: what the transforms do to batches of tensors, done to it in place, on one core.
 *
 * Values are float32 and start as bytes / 255; equal parameters give what the transforms give. Saturation, hue and
 * grayscale do nothing unless there are three channels. What is refused (RangeError; Error without an image) has changed
 * nothing.
 */
export interface Canvas {
  /** Of the present image; 0 before the first. */
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Takes a copy of an image, bytes `[height, width, channels]`, which is kept until the next one. */
  load(bytes: Uint8Array, height: number, width: number, channels: number): void;
  /** Back to the loaded image, for another view of it. */
  restart(): void;
  /** Cuts out a box of whole pixels (top, left, height, width) and resizes it: `resizedCrop`. */
  crop(
    box: readonly [top: number, left: number, height: number, width: number],
    size: Size,
    options?: CanvasCropOptions,
  ): void;
  /** Mirrors left to right; it costs less as part of a crop. */
  flip(): void;
  /** `adjustBrightness`. */
  brightness(factor: number): void;
  /** `adjustContrast`. */
  contrast(factor: number): void;
  /** `adjustSaturation`. */
  saturation(factor: number): void;
  /** `adjustHue`, in turns. */
  hue(turns: number): void;
  /** Replaces the colours by their luminance. */
  grayscale(): void;
  /** `blur`, the Gaussian cut off to `kernel` pixels; nothing with a sigma of 0. */
  blur(sigma: number, kernel: number): void;
  /** `solarize`. */
  solarize(threshold: number): void;
  /** `normalize`: numbers per channel, or one for all. */
  normalize(mean: readonly number[], standardDeviation: readonly number[]): void;
  /** Writes the image to `target` from the element `offset` on, `[height, width, channels]`. */
  write(target: Float32Array, offset: number): void;
  /** The same as bytes: 255 times what is in [0, 1], rounded, a half up. */
  writeBytes(target: Uint8Array, offset: number): void;
}

/**
 * A canvas without an image. It has memory of its own, which grows to what the largest image takes and is used again for
 * each.
 *
 * @example
 * ```ts
 * const working = canvas();
 * working.load(bytes, 375, 500, 3);
 * working.crop([0, 62, 375, 375], [224, 224], { flip: true });
 * working.saturation(1.2);
 * working.write(batch, 0); // a Float32Array
 * ```
 */
export function canvas(): Canvas {
  return new WasmCanvas();
}
