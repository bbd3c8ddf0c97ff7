import {
  abs,
  add,
  cast,
  div,
  less,
  matMul,
  maximum,
  mul,
  range,
  relu,
  reshape,
  slice,
  sub,
  sum,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { assertImages, type PerImage, perImage } from './transform.js';

/** Options of {@link resizedCrop}. */
export interface ResizedCropOptions {
  /** Widen the triangle by the scale factor when shrinking, as PIL does. Default true. */
  antialias?: boolean;
  /** 1 for each image to be mirrored left to right, else 0; `[n]`. Default: none. */
  flips?: PerImage;
}

/**
 * Cuts a box out of each image and resizes it, bilinearly, to one common size.
 *
 * Agrees with torchvision's `resized_crop` on tensors (align_corners false): the box is cut first, so that nothing
 * outside of it has an influence. Computed as two batched matrix products, rows then columns:
 * weight(i, j) ∝ max(0, 1 − |j + ½ − (start + (i + ½)·s)| / max(1, s)) within the box, s = length / size.
 * Every backend has what that takes, and mirroring is free.
 *
 * @param images `[n, height, width, channels]` float32.
 * @param boxes `[n, 4]`: top, left, height, width in pixels. Host values are checked, tensors are not read.
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
  boxes: PerImage,
  size: readonly [height: number, width: number],
  { antialias = true, flips }: ResizedCropOptions = {},
): Tensor4D {
  assertImages(images);
  const [n, height, width, channels] = images.shape;
  if (size.length !== 2 || !size.every((length) => Number.isInteger(length) && length > 0)) {
    throw new RangeError(`Cannot resize to [${size}]: give [height, width], integers of at least 1`);
  }
  if (!('dtype' in boxes)) assertBoxes(boxes, height, width);
  return tidy(() => {
    const box = perImage('boxes', boxes, [n, 4]);
    const side = (column: number) => reshape(slice(box, [0, column], [n, 1]), [n, 1, 1]);
    const rows = resampling(side(0), side(2), height, size[0], antialias);
    const mirrored = flips && perImage('flips', flips, [n, 1, 1]);
    const columns = resampling(side(1), side(3), width, size[1], antialias, mirrored);

    const shrunk = matMul(rows, reshape(images, [n, height, width * channels]) as Tensor3D);
    if (channels === 1) {
      return reshape(matMul(reshape(shrunk, [n, size[0], width]), columns, false, true), [n, ...size, 1]) as Tensor4D;
    }
    const channelsFirst = transpose(reshape(shrunk, [n, size[0], width, channels]), [0, 1, 3, 2]);
    const result = matMul(reshape(channelsFirst, [n, size[0] * channels, width]), columns, false, true);
    return transpose(reshape(result, [n, size[0], channels, size[1]]), [0, 1, 3, 2]) as Tensor4D;
  });
}

/** The matrix `[n, to, from]` that cuts [start, start + length) out of an axis and resizes it. */
function resampling(
  start: Tensor,
  length: Tensor,
  from: number,
  to: number,
  antialias: boolean,
  mirrored?: Tensor,
): Tensor3D {
  const pixel = reshape(range(0.5, from), [1, 1, from]);
  const target = reshape(range(0.5, to), [1, to, 1]);
  const place = mirrored ? add(target, mul(mirrored, sub(to, mul(2, target)))) : target;
  const scale = div(length, to);
  const distance = abs(sub(pixel, add(start, mul(place, scale))));
  const half = div(length, 2);
  const inside = cast(less(abs(sub(pixel, add(start, half))), half), 'float32');
  const weight = mul(relu(sub(1, antialias ? div(distance, maximum(scale, 1)) : distance)), inside);
  return div(weight, sum(weight, -1, true)) as Tensor3D;
}

function assertBoxes(boxes: ArrayLike<number>, height: number, width: number): void {
  for (let i = 0; i + 3 < boxes.length; i += 4) {
    const [top, left, h, w] = [boxes[i]!, boxes[i + 1]!, boxes[i + 2]!, boxes[i + 3]!];
    if (!(top >= 0 && left >= 0 && h >= 1 && w >= 1 && top + h <= height && left + w <= width)) {
      throw new RangeError(
        `Cannot cut the box [top ${top}, left ${left}, height ${h}, width ${w}] out of an image of ${height} x ${width}`,
      );
    }
  }
}
