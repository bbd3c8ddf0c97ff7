import { add, clipByValue, mean, mul, sub, type Tensor, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { luminance } from './grayscale.js';
import { assertImages, type PerImage, perImage } from './transform.js';

/**
 * Multiplies each image by its factor, clamped to [0, 1]: torchvision's `adjust_brightness`.
 *
 * @param images `[n, height, width, channels]` float32 in [0, 1].
 * @param factors `[n]`, at least 0; 1 changes nothing.
 * @returns As `images`; the caller disposes it.
 * @throws RangeError if there is not one factor per image.
 *
 * @example
 * ```ts
 * const darker = adjustBrightness(images, new Float32Array(images.shape[0]).fill(0.6));
 * ```
 */
export function adjustBrightness(images: Tensor4D, factors: PerImage): Tensor4D {
  return blend(images, factors, () => null);
}

/**
 * Blends each image with its mean grey: clamp(f·x + (1 − f)·mean), torchvision's `adjust_contrast`.
 *
 * The mean is that of the luminance of RGB images, of all values otherwise; arguments as {@link adjustBrightness}.
 *
 * @example
 * ```ts
 * const flatter = adjustContrast(images, new Float32Array(images.shape[0]).fill(0.6));
 * ```
 */
export function adjustContrast(images: Tensor4D, factors: PerImage): Tensor4D {
  return blend(images, factors, () => meanGray(images));
}

/**
 * Blends each image with its luminance: clamp(f·x + (1 − f)·gray), torchvision's `adjust_saturation`.
 *
 * Arguments as {@link adjustBrightness}; RangeError unless the images are RGB.
 *
 * @example
 * ```ts
 * const gray = adjustSaturation(images, new Float32Array(images.shape[0])); // factor 0
 * ```
 */
export function adjustSaturation(images: Tensor4D, factors: PerImage): Tensor4D {
  return blend(images, factors, () => luminance(images));
}

/** The mean grey of each image, `[n, 1, 1, 1]`. */
function meanGray(images: Tensor4D): Tensor {
  return mean(images.shape[3] === 3 ? luminance(images) : images, [1, 2, 3], true);
}

function blend(images: Tensor4D, factors: PerImage, other: () => Tensor | null): Tensor4D {
  assertImages(images);
  return tidy(() => {
    const f = perImage('factors', factors, [images.shape[0], 1, 1, 1]);
    const towards = other();
    const own = mul(images, f);
    return clipByValue(towards ? add(own, mul(towards, sub(1, f))) : own, 0, 1) as Tensor4D;
  });
}
