import { add, clone, matMul, mul, reshape, sub, type Tensor4D, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { assertProbability, bernoulli } from './draws.js';
import { type DrawnTransform, type Draws, drawnTransform, perImage } from './transform.js';

/**
 * The luminance 0.2989 R + 0.587 G + 0.114 B of RGB images.
 *
 * @param images `[n, height, width, 3]`.
 * @returns `[n, height, width, 1]`; the caller disposes it.
 * @throws RangeError if there are not three channels.
 *
 * @example
 * ```ts
 * const gray = luminance(images);
 * ```
 */
export function luminance(images: Tensor4D): Tensor4D {
  const [n, height, width, channels] = images.shape;
  if (channels !== 3) {
    throw new RangeError(`Cannot take the luminance of images with ${channels} channels: give RGB images`);
  }
  return tidy(() => {
    const weights = tensor2d([0.2989, 0.587, 0.114], [3, 1]);
    return reshape(matMul(reshape(images, [-1, 3]), weights), [n, height, width, 1]);
  });
}

/** What {@link randomGrayscale} draws. */
export interface GrayscaleDraws extends Draws {
  /** `[n]`: 1 for the images that lose their colour. */
  readonly gray: Float32Array;
}

/**
 * Replaces the colours by their luminance, each image with probability `p`; images that do not have three channels
 * stay as they are.
 *
 * @param p Default 0.2 (MoCo v2).
 * @throws RangeError if `p` is no probability.
 *
 * @example
 * ```ts
 * const transform = randomGrayscale(0.2);
 * ```
 */
export function randomGrayscale(p = 0.2): DrawnTransform<GrayscaleDraws> {
  assertProbability('p', p);
  return drawnTransform({
    host: { step: 'randomGrayscale', p },
    draw: ([n], rng) => ({ gray: bernoulli(n, p, rng) }),
    applyWith(images, { gray }) {
      if (images.shape[3] !== 3) return clone(images);
      const share = perImage('gray', gray, [images.shape[0], 1, 1, 1]);
      return add(mul(images, sub(1, share)), mul(luminance(images), share)) as Tensor4D;
    },
  });
}
