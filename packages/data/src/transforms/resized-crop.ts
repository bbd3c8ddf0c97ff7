import { type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { resample } from './resample.js';
import { assertImages, perImage } from './transform.js';

/** Options of {@link resizedCrop}. */
export interface ResizedCropOptions {
  /** Widen the triangle by the scale factor when shrinking, as PIL does. Default true. */
  antialias?: boolean;
  /** 1 for each image to be mirrored left to right, else 0; `[n]`. Default: none. */
  flips?: ArrayLike<number>;
}

/**
 * Cuts a box out of each image and resizes it, bilinearly, to one common size.
 *
 * Agrees with torchvision's `resized_crop` on tensors (align_corners false): the box is cut first, so that nothing
 * outside of it has an influence. Computed as two batched matrix products, rows then columns, with
 * weight(i, j) ∝ max(0, 1 − |j + ½ − (start + (i + ½)·s)| / max(1, s)) within the box, s = length / size.
 * Every backend has what that takes, and mirroring is free.
 *
 * @param images `[n, height, width, channels]` float32.
 * @param boxes `[n, 4]`: top, left, height, width in pixels.
 * @param size `[height, width]` of the result.
 * @returns `[n, ...size, channels]`; the caller disposes it.
 * @throws RangeError if a box is empty or reaches over the edge, or for sizes and lengths that do not fit.
 *
 * @example
 * ```ts
 * const thumbnails = resizedCrop(images, [0, 0, 28, 28, 4, 4, 20, 20], [14, 14]); // two images
 * ```
 */
export function resizedCrop(
  images: Tensor4D,
  boxes: ArrayLike<number>,
  size: readonly [height: number, width: number],
  { antialias = true, flips }: ResizedCropOptions = {},
): Tensor4D {
  assertImages(images);
  const [n, height, width] = images.shape;
  assertSize(size);
  if (boxes.length !== 4 * n || (flips && flips.length !== n)) {
    throw new RangeError(
      `Cannot crop ${n} images by ${boxes.length} numbers of boxes${flips ? ` and ${flips.length} flips` : ''}: give 4 and 1 per image`,
    );
  }
  assertBoxes(boxes, height, width);
  const { rows, columns } = cropMatrices(boxes, [height, width], size, { antialias, flips });
  return tidy(() =>
    resample(images, perImage('rows', rows, [n, size[0], height]), perImage('columns', columns, [n, size[1], width])),
  );
}

/** Throws a RangeError unless `size` is two integers of at least 1. */
export function assertSize(size: readonly number[]): void {
  if (size.length !== 2 || !size.every((length) => Number.isInteger(length) && length > 0)) {
    throw new RangeError(`Cannot resize to [${size}]: give [height, width], integers of at least 1`);
  }
}

/** The two matrices per image that {@link resizedCrop} multiplies with: `[n, size, from]`, rows and columns. */
export function cropMatrices(
  boxes: ArrayLike<number>,
  from: readonly [height: number, width: number],
  size: readonly [height: number, width: number],
  { antialias = true, flips }: ResizedCropOptions = {},
): { rows: Float32Array; columns: Float32Array } {
  const n = boxes.length / 4;
  const rows = new Float32Array(n * size[0] * from[0]);
  const columns = new Float32Array(n * size[1] * from[1]);
  for (let i = 0; i < n; i++) {
    fillMatrix(rows, i, boxes[4 * i]!, boxes[4 * i + 2]!, from[0], size[0], antialias, false);
    fillMatrix(columns, i, boxes[4 * i + 1]!, boxes[4 * i + 3]!, from[1], size[1], antialias, flips?.[i] === 1);
  }
  return { rows, columns };
}

/** Writes the few weights that are not 0 into one image's matrix `[to, from]`. */
function fillMatrix(
  matrices: Float32Array,
  image: number,
  start: number,
  length: number,
  from: number,
  to: number,
  antialias: boolean,
  mirrored: boolean,
): void {
  const scale = length / to;
  const support = antialias ? Math.max(1, scale) : 1;
  for (let target = 0; target < to; target++) {
    const center = (target + 0.5) * scale; // from the box's edge
    const first = Math.max(0, Math.ceil(center - support - 0.5));
    const last = Math.min(length - 1, Math.floor(center + support - 0.5));
    const row = (image * to + (mirrored ? to - 1 - target : target)) * from + start;
    let total = 0;
    for (let j = first; j <= last; j++) total += 1 - Math.abs(j + 0.5 - center) / support;
    for (let j = first; j <= last; j++) matrices[row + j] = (1 - Math.abs(j + 0.5 - center) / support) / total;
  }
}

function assertBoxes(boxes: ArrayLike<number>, height: number, width: number): void {
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
