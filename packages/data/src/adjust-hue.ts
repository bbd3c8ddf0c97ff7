import {
  add,
  clipByValue,
  concat,
  div,
  equal,
  max,
  min,
  minimum,
  mod,
  mul,
  split,
  sub,
  type Tensor4D,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import { assertImages, type PerImage, perImage } from './transform.js';

/**
 * Turns the hue of RGB images: torchvision's `adjust_hue`, which adds to H of HSV.
 *
 * With v = max, c = max − min and h in sixths of a turn, channel R, G, B of the result is
 * v − c·clamp(min(k, 4 − k), 0, 1), k = (h + 5, 3, 1) mod 6.
 *
 * @param images `[n, height, width, 3]` float32 in [0, 1].
 * @param shifts `[n]`, in turns (−0.5 to 0.5); 0 changes nothing but the last bits.
 * @returns As `images`; the caller disposes it.
 * @throws RangeError unless the images are RGB, or if there is not one shift per image.
 *
 * @example
 * ```ts
 * const turned = adjustHue(images, new Float32Array(images.shape[0]).fill(0.1));
 * ```
 */
export function adjustHue(images: Tensor4D, shifts: PerImage): Tensor4D {
  assertImages(images);
  if (images.shape[3] !== 3) {
    throw new RangeError(`Cannot turn the hue of images with ${images.shape[3]} channels: give RGB images`);
  }
  return tidy(() => {
    const [red, green, blue] = split(images, 3, 3) as [Tensor4D, Tensor4D, Tensor4D];
    const value = max(images, 3, true);
    const chroma = sub(value, min(images, 3, true));
    const divisor = where(equal(chroma, 0), 1, chroma);
    // The sixth of the wheel that the largest channel begins, red first where two are equally large.
    const fromRed = div(sub(green, blue), divisor);
    const fromGreen = add(2, div(sub(blue, red), divisor));
    const fromBlue = add(4, div(sub(red, green), divisor));
    const hue = where(equal(value, red), fromRed, where(equal(value, green), fromGreen, fromBlue));
    const turned = add(hue, mul(6, perImage('shifts', shifts, [images.shape[0], 1, 1, 1])));
    const k = concat([add(turned, 5), add(turned, 3), add(turned, 1)], 3);
    const sixth = mod(k, 6);
    const share = clipByValue(minimum(sixth, sub(4, sixth)), 0, 1);
    return clipByValue(sub(value, mul(chroma, share)), 0, 1) as Tensor4D;
  });
}
