import { cast, greaterEqual, mul, sub, type Tensor, type Tensor4D, tidy, where } from '@tensorflow/tfjs-core';
import { assertProbability, bernoulli } from './draws.js';
import { assertImages, type DrawnTransform, type Draws, drawnTransform, perImage } from './transform.js';

/**
 * Inverts what is bright: x ≥ threshold ? 1 − x : x, torchvision's `solarize`.
 *
 * @param images `[n, height, width, channels]` float32 in [0, 1].
 * @param threshold Default 0.5.
 * @returns As `images`; the caller disposes it.
 * @throws RangeError if the threshold is not in [0, 1].
 *
 * @example
 * ```ts
 * const solarized = solarize(images, 0.5);
 * ```
 */
export function solarize(images: Tensor4D, threshold = 0.5): Tensor4D {
  assertImages(images);
  assertThreshold(threshold);
  return tidy(() => where(greaterEqual(images, threshold), sub(1, images), images) as Tensor4D);
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
  /** `[n]`: 1 for the images that are solarised. */
  readonly solarized: Float32Array;
}

/**
 * Solarises images, each with probability `p`: torchvision's `RandomSolarize`, part of the second view of BYOL
 * (arXiv 2006.07733, table 6).
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
  assertThreshold(threshold);
  return drawnTransform({
    host: { step: 'randomSolarize', p, threshold },
    draw: ([n], rng) => ({ solarized: bernoulli(n, p, rng) }),
    applyWith(images, { solarized }) {
      const chosen = perImage('solarized', solarized, [images.shape[0], 1, 1, 1]);
      const inverted: Tensor = mul(cast(greaterEqual(images, threshold), 'float32'), chosen);
      return where(cast(inverted, 'bool'), sub(1, images), images) as Tensor4D;
    },
  });
}

function assertThreshold(threshold: number): void {
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new RangeError(`Cannot solarise from ${threshold} on: give a threshold from 0 to 1`);
  }
}
