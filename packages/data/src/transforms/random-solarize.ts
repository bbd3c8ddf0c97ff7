import { greaterEqual, sub, type Tensor4D, tidy, where } from '@tensorflow/tfjs-core';
import { assertProbability } from './draws.js';
import { assertImages, type DrawnTransform, type Draws, drawnTransform, type PerImage, perImage } from './transform.js';

/**
 * Inverts what is bright: x ≥ threshold ? 1 − x : x, torchvision's `solarize`.
 *
 * @param images `[n, height, width, channels]` float32 in [0, 1].
 * @param thresholds One for all, or `[n]`; from above 1 on, the image stays as it is.
 * @returns As `images`; the caller disposes it.
 * @throws RangeError if there is not one threshold per image.
 *
 * @example
 * ```ts
 * const solarized = solarize(images, 0.5);
 * ```
 */
export function solarize(images: Tensor4D, thresholds: number | PerImage): Tensor4D {
  assertImages(images);
  return tidy(() => {
    const from =
      typeof thresholds === 'number' ? thresholds : perImage('thresholds', thresholds, [images.shape[0], 1, 1, 1]);
    return where(greaterEqual(images, from), sub(1, images), images) as Tensor4D;
  });
}

/** Options of {@link randomSolarize}. */
export interface RandomSolarizeOptions {
  /** The probability that an image is solarised. Default 0.2 (BYOL's second view). */
  p?: number;
  /** Values from here on are inverted. Default 0.5 (128 of 256). */
  threshold?: number;
}

/** What {@link randomSolarize} draws. */
export interface SolarizeDraws extends Draws {
  /** `[n]`: the threshold, or infinity for the images that stay as they are. */
  readonly thresholds: Float32Array;
}

/**
 * Solarises images, each with probability `p`: torchvision's `RandomSolarize`, part of the second view of BYOL (Grill et
 * al., arXiv 2006.07733, appendix B).
 *
 * @throws RangeError if `p` is no probability, or if the threshold is not in [0, 1].
 *
 * @example
 * ```ts
 * const transform = randomSolarize({ p: 0.2 });
 * ```
 */
export function randomSolarize({
  p = 0.2,
  threshold = 0.5,
}: RandomSolarizeOptions = {}): DrawnTransform<SolarizeDraws> {
  assertProbability('p', p);
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new RangeError(`Cannot solarise from ${threshold} on: give a threshold from 0 to 1`);
  }
  return drawnTransform({
    host: { step: 'randomSolarize', p, threshold },
    draw: ([n], rng) => ({
      thresholds: Float32Array.from({ length: n }, () => (rng.uniform() < p ? threshold : Number.POSITIVE_INFINITY)),
    }),
    applyWith: (images, { thresholds }) => solarize(images, thresholds),
  });
}
