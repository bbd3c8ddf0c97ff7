import { slice, type Tensor4D } from '@tensorflow/tfjs-core';
import type { HostStep, Size } from './host-step.js';
import { assertSize } from './resized-crop.js';
import { assertImages, type Transform } from './transform.js';

/**
 * Cuts out the middle of images: torchvision's `CenterCrop`, for sizes that the images have.
 *
 * @param size `[height, width]` of the result, or one number for both.
 * @throws RangeError for sizes that are no integers of at least 1, and (when used) for images that are smaller.
 *
 * @example
 * ```ts
 * const evaluate = view(resize(256), centerCrop(224));
 * ```
 */
export function centerCrop(size: number | Size): Transform {
  const target: Size = typeof size === 'number' ? [size, size] : size;
  assertSize(target);
  const transform = (images: Tensor4D) => {
    assertImages(images);
    const [n, height, width, channels] = images.shape;
    const [top, left] = centerOf([height, width], target);
    return slice(images, [0, top, left, 0], [n, ...target, channels]);
  };
  const host: HostStep = { step: 'centerCrop', size: target };
  return Object.assign(transform, { host });
}

/**
 * Top and left of {@link centerCrop}'s box: half of what is over; a half pixel goes to the even side.
 *
 * @throws RangeError if the image is smaller than the box.
 */
export function centerOf([height, width]: Size, size: Size): readonly [top: number, left: number] {
  if (size[0] > height || size[1] > width) {
    throw new RangeError(
      `Cannot cut ${size[0]} x ${size[1]} out of the middle of images of ${height} x ${width}: resize them first, or give a smaller size`,
    );
  }
  return [halfToEven(height - size[0]), halfToEven(width - size[1])];
}

function halfToEven(whole: number): number {
  const half = Math.floor(whole / 2);
  return whole % 2 === 1 && half % 2 === 1 ? half + 1 : half;
}
