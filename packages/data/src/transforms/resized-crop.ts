import { clipByValue, type Tensor, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { Interpolation, Size } from './host-step.js';
import { resample } from './resample.js';
import { resampling } from './resampling-taps.js';
import { assertImages, perImage } from './transform.js';

/** How images are made larger or smaller. */
export interface ResamplingOptions {
  /**
   * `'bilinear'`, or `'bicubic'`: Keys' kernel with a = −½ (PIL's, and torchvision's with antialias), which overshoots;
   * its results are clamped to [0, 1]. Default `'bilinear'`.
   */
  interpolation?: Interpolation;
  /** Widen the kernel by the scale factor when shrinking, as PIL does. Default true. */
  antialias?: boolean;
}

/** Options of {@link resizedCrop}. */
export interface ResizedCropOptions extends ResamplingOptions {
  /** 1 for each image to be mirrored left to right, else 0; `[n]`. Default: none. */
  flips?: ArrayLike<number>;
}

/**
 * Cuts a box out of each image and resizes it to one common size.
 *
 * Agrees with torchvision's `resized_crop` on tensors (align_corners false): the box is cut first, so that nothing
 * outside of it has an influence. Computed as two batched matrix products, rows then columns, with
 * weight(i, j) ∝ kernel((j + ½ − (start + (i + ½)·s)) / max(1, s)) within the box, s = length / size. The bilinear kernel
 * is max(0, 1 − |x|). Every backend has what that takes, and mirroring is free.
 *
 * @param images `[n, height, width, channels]` float32.
 * @param boxes `[n, 4]`: top, left, height, width in pixels.
 * @param size `[height, width]` of the result.
 * @returns `[n, ...size, channels]`; the caller disposes it.
 * @throws RangeError if a box is empty or reaches over the edge, or for sizes, lengths or an interpolation that do not fit.
 *
 * @example
 * ```ts
 * const thumbnails = resizedCrop(images, [0, 0, 28, 28, 4, 4, 20, 20], [14, 14]); // two images
 * ```
 */
export function resizedCrop(
  images: Tensor4D,
  boxes: ArrayLike<number>,
  size: Size,
  { interpolation = 'bilinear', antialias = true, flips }: ResizedCropOptions = {},
): Tensor4D {
  assertImages(images);
  const [n, height, width] = images.shape;
  assertSize(size);
  assertInterpolation(interpolation);
  if (boxes.length !== 4 * n || (flips && flips.length !== n)) {
    throw new RangeError(
      `Cannot crop ${n} images by ${boxes.length} numbers of boxes${flips ? ` and ${flips.length} flips` : ''}: give 4 and 1 per image`,
    );
  }
  assertBoxes(boxes, height, width);
  const { rows, columns } = cropMatrices(boxes, [height, width], size, { interpolation, antialias, flips });
  return tidy(() => {
    const down = perImage('rows', rows, [n, size[0], height]);
    return resampleImages(images, down, perImage('columns', columns, [n, size[1], width]), interpolation);
  });
}

/** {@link resample}, and back to [0, 1] what the interpolation may have thrown out. */
export function resampleImages(
  images: Tensor4D,
  rows: Tensor,
  columns: Tensor,
  interpolation: Interpolation,
): Tensor4D {
  return tidy(() => {
    const result = resample(images, rows, columns);
    return interpolation === 'bicubic' ? clipByValue(result, 0, 1) : result;
  });
}

/** Throws a RangeError unless `size` is two integers of at least 1. */
export function assertSize(size: readonly number[]): void {
  if (size.length !== 2 || !size.every((length) => Number.isInteger(length) && length > 0)) {
    throw new RangeError(`Cannot resize to [${size}]: give [height, width], integers of at least 1`);
  }
}

/** Throws a RangeError unless there is such an interpolation. */
export function assertInterpolation(interpolation: Interpolation): void {
  if (interpolation !== 'bilinear' && interpolation !== 'bicubic') {
    throw new RangeError(`Cannot interpolate by '${interpolation}': give 'bilinear' or 'bicubic'`);
  }
}

/** The two matrices per image that {@link resizedCrop} multiplies with: `[n, size, from]`, rows and columns. */
export function cropMatrices(
  boxes: ArrayLike<number>,
  from: Size,
  size: Size,
  { interpolation = 'bilinear', antialias = true, flips }: ResizedCropOptions = {},
): { rows: Float32Array; columns: Float32Array } {
  const n = boxes.length / 4;
  const rows = new Float32Array(n * size[0] * from[0]);
  const columns = new Float32Array(n * size[1] * from[1]);
  for (let i = 0; i < n; i++) {
    const [top, left, height, width] = [boxes[4 * i]!, boxes[4 * i + 1]!, boxes[4 * i + 2]!, boxes[4 * i + 3]!];
    const how = { interpolation, antialias };
    fillMatrix(rows.subarray(i * size[0] * from[0]), from[0], size[0], { start: top, length: height, ...how });
    const mirrored = flips?.[i] === 1;
    fillMatrix(columns.subarray(i * size[1] * from[1]), from[1], size[1], {
      start: left,
      length: width,
      mirrored,
      ...how,
    });
  }
  return { rows, columns };
}

interface Sampling extends Required<ResamplingOptions> {
  start: number;
  length: number;
  mirrored?: boolean;
}

/** Writes the few weights that are not 0 into one image's matrix `[to, from]`. */
function fillMatrix(
  matrix: Float32Array,
  from: number,
  to: number,
  { start, length, mirrored = false, interpolation, antialias }: Sampling,
): void {
  const taps = resampling(length, to, interpolation, antialias);
  for (let target = 0; target < to; target++) {
    const { first, count, weights } = taps.at(target);
    const row = (mirrored ? to - 1 - target : target) * from + start + first;
    for (let j = 0; j < count; j++) matrix[row + j] = weights[j]!;
  }
}

/** Throws a RangeError unless these are boxes of whole pixels (top, left, height, width) in such an image. */
export function assertBoxes(boxes: ArrayLike<number>, height: number, width: number): void {
  for (let i = 0; i < boxes.length; i += 4) {
    const [top, left, h, w] = [boxes[i]!, boxes[i + 1]!, boxes[i + 2]!, boxes[i + 3]!];
    const whole = [top, left, h, w].every(Number.isInteger);
    if (!(whole && top >= 0 && left >= 0 && h >= 1 && w >= 1 && top + h <= height && left + w <= width)) {
      throw new RangeError(
        `Cannot cut the box [top ${top}, left ${left}, height ${h}, width ${w}] out of an image of ${height} x ${width}: give whole pixels within it`,
      );
    }
  }
}
