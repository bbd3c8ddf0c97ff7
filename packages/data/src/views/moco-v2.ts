import { type ColorJitterOptions, colorJitter } from '../transforms/color-jitter.js';
import { type GaussianBlurOptions, gaussianBlur } from '../transforms/gaussian-blur.js';
import { randomGrayscale } from '../transforms/grayscale.js';
import { normalize } from '../transforms/normalize.js';
import { randomResizedCrop } from '../transforms/random-resized-crop.js';
import type { Transform } from '../transforms/transform.js';
import { type View, type ViewPlan, view, views } from './view.js';

/** Options of {@link mocoV2}; the defaults are MoCo v2's. */
export interface MocoV2Options {
  /** `[height, width]` of the views, or one number for both. */
  size: number | readonly [height: number, width: number];
  /** The crop's share of the image's area. Default `[0.2, 1]`. */
  scale?: readonly [min: number, max: number];
  /** The crop's width / height. Default `[3/4, 4/3]`. */
  ratio?: readonly [min: number, max: number];
  /** The probability to mirror. Default 0.5. */
  flip?: number;
  /** Default `{ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, p: 0.8 }`; what is given replaces its part. */
  jitter?: ColorJitterOptions | false;
  /** The probability to lose the colours. Default 0.2. */
  grayscale?: number;
  /** Default `{ p: 0.5, sigma: [0.1, 2] }` from 64 pixels on, and `false` for smaller views, as is usual on CIFAR. */
  blur?: GaussianBlurOptions | false;
  /** Done last. Default: none; use the same at evaluation. */
  normalize?: { readonly mean: readonly number[]; readonly standardDeviation: readonly number[] };
}

const BLUR_FROM = 64;

/**
 * The two views of MoCo v2: crop, colour jitter, grayscale, blur, flip.
 *
 * Works with any number of channels: what needs colours (saturation, hue, grayscale) is left out for images that have
 * none. The flip is part of the crop, which comes to the same as nothing after it tells left from right.
 *
 * @returns A plan of two views drawn in the same way; for others, see `view` and `views`.
 * @throws RangeError for options that the transforms refuse.
 *
 * @example
 * ```ts
 * const plan = mocoV2({ size: 28, scale: [0.3, 1] });
 * const [query, key] = plan.apply(batch.images, rng);
 * ```
 */
export function mocoV2({
  size,
  scale = [0.2, 1],
  ratio = [3 / 4, 4 / 3],
  flip = 0.5,
  jitter = {},
  grayscale = 0.2,
  blur,
  normalize: statistics,
}: MocoV2Options): ViewPlan<readonly [View, View]> {
  const [height, width] = typeof size === 'number' ? [size, size] : size;
  const blurring = blur ?? (Math.min(height, width) < BLUR_FROM ? false : {});
  const transforms: Transform[] = [randomResizedCrop([height, width], { scale, ratio, flip })];
  if (jitter) {
    transforms.push(colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, p: 0.8, ...jitter }));
  }
  if (grayscale !== 0) transforms.push(randomGrayscale(grayscale));
  if (blurring) transforms.push(gaussianBlur(blurring));
  if (statistics) transforms.push(normalize(statistics.mean, statistics.standardDeviation));
  const each = view(...transforms);
  return views(each, each);
}
