import {
  abs,
  add,
  clipByValue,
  div,
  equal,
  maximum,
  minimum,
  mul,
  round,
  sub,
  type Tensor,
  type Tensor4D,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import { fromPlanes, planesOf } from './color-planes.js';
import { assertImages, type PerImage, perImage } from './transform.js';

/**
 * Turns the hue of RGB images: torchvision's `adjust_hue`, which adds to H of HSV.
 *
 * With v = max, c = max − min and h in turns, channels R, G, B of the result are v − c·clamp(2 − 6·|t|, 0, 1), t being
 * the distance of h + (½, ⅙, −⅙) from the nearest whole turn.
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
  return tidy(() => fromPlanes(turnHue(planesOf(images), shifts), images.shape));
}

/** {@link adjustHue} of the planes R, G and B, `[n, pixels]` each. */
export function turnHue(planes: readonly Tensor[], shifts: PerImage): Tensor[] {
  const [red, green, blue] = planes as [Tensor, Tensor, Tensor];
  const value = maximum(maximum(red, green), blue);
  const chroma = sub(value, minimum(minimum(red, green), blue));
  const divisor = maximum(chroma, 1e-20); // of a gray, whose differences are 0
  const sixths = (first: Tensor, second: Tensor) => div(sub(first, second), divisor);
  const hue = where(
    equal(value, red),
    sixths(green, blue),
    where(equal(value, green), add(sixths(blue, red), 2), add(sixths(red, green), 4)),
  );
  const turned = add(div(hue, 6), perImage('shifts', shifts, [red.shape[0]!, 1]));
  return [1 / 2, 1 / 6, -1 / 6].map((offset) => {
    const turns = add(turned, offset);
    const share = clipByValue(sub(2, mul(6, abs(sub(turns, round(turns))))), 0, 1);
    return clipByValue(sub(value, mul(chroma, share)), 0, 1);
  });
}
