import { type Tensor4D, tensor, tidy } from '@tensorflow/tfjs-core';
import type { HostStep, Size } from './host-step.js';
import {
  assertInterpolation,
  assertSize,
  cropMatrices,
  type ResamplingOptions,
  resampleImages,
} from './resized-crop.js';
import { assertImages, type Transform } from './transform.js';

/**
 * Resizes whole images: torchvision's `Resize`.
 *
 * @param size `[height, width]` of the result; or the length of the shorter side, the longer one then being
 * ⌊longer · size / shorter⌋.
 * @throws RangeError for sizes that are no integers of at least 1, or another interpolation.
 *
 * @example
 * ```ts
 * const evaluate = view(resize(256), centerCrop(224));
 * ```
 */
export function resize(
  size: number | Size,
  { interpolation = 'bilinear', antialias = true }: ResamplingOptions = {},
): Transform {
  assertSize(typeof size === 'number' ? [size, size] : size);
  assertInterpolation(interpolation);
  const transform = (images: Tensor4D) => {
    assertImages(images);
    const [, height, width] = images.shape;
    const [toHeight, toWidth] = resizedSize([height, width], size);
    const whole = [0, 0, height, width];
    const matrices = cropMatrices(whole, [height, width], [toHeight, toWidth], { interpolation, antialias });
    return tidy(() => {
      const rows = tensor(matrices.rows, [1, toHeight, height]);
      return resampleImages(images, rows, tensor(matrices.columns, [1, toWidth, width]), interpolation);
    });
  };
  const host: HostStep = { step: 'resize', size, interpolation, antialias };
  return Object.assign(transform, { host });
}

/** The size that {@link resize} gives an image. */
export function resizedSize([height, width]: Size, size: number | Size): Size {
  if (typeof size !== 'number') return size;
  const longer = Math.trunc((Math.max(height, width) * size) / Math.min(height, width));
  return height < width ? [size, longer] : [longer, size];
}
