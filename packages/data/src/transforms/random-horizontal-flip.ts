import { add, mul, reverse, sub, type Tensor4D } from '@tensorflow/tfjs-core';
import { assertProbability, bernoulli } from './draws.js';
import { type DrawnTransform, type Draws, drawnTransform, perImage } from './transform.js';

/** What {@link randomHorizontalFlip} draws. */
export interface FlipDraws extends Draws {
  /** `[n]`: 1 for the mirrored images. */
  readonly flips: Float32Array;
}

/**
 * Mirrors images left to right, each with probability `p`. (`randomResizedCrop` can do it on the way, for nothing.)
 *
 * @param p Default 0.5.
 * @throws RangeError if `p` is no probability.
 *
 * @example
 * ```ts
 * const transform = randomHorizontalFlip();
 * ```
 */
export function randomHorizontalFlip(p = 0.5): DrawnTransform<FlipDraws> {
  assertProbability('p', p);
  return drawnTransform({
    host: { step: 'randomHorizontalFlip', p },
    draw: ([n], rng) => ({ flips: bernoulli(n, p, rng) }),
    applyWith(images, { flips }) {
      const flip = perImage('flips', flips, [images.shape[0], 1, 1, 1]);
      return add(mul(images, sub(1, flip)), mul(reverse(images, 2), flip)) as Tensor4D;
    },
  });
}
