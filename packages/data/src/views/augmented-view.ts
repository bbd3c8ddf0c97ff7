import { type ColorJitterOptions, colorJitter } from '../transforms/color-jitter.js';
import { type GaussianBlurOptions, gaussianBlur } from '../transforms/gaussian-blur.js';
import { randomGrayscale } from '../transforms/grayscale.js';
import type { Interpolation, Size } from '../transforms/host-step.js';
import { normalize } from '../transforms/normalize.js';
import { randomResizedCrop } from '../transforms/random-resized-crop.js';
import type { Transform } from '../transforms/transform.js';
import type { ChannelStatistics } from './channel-statistics.js';
import { type View, view } from './view.js';

/** The options that all presets of random views take; each preset names its defaults. */
export interface AugmentationOptions {
  /** `[height, width]` of the views, or one number for both. */
  size: number | Size;
  /** The crop's share of the image's area. */
  scale?: readonly [min: number, max: number];
  /** The crop's width / height. Default `[3/4, 4/3]`. */
  ratio?: readonly [min: number, max: number];
  /** How the crop is resized. Default `'bilinear'`. */
  interpolation?: Interpolation;
  /** The probability to mirror. Default 0.5. */
  flip?: number;
  /** What is given replaces its part of the preset's jitter; `false` for none. */
  jitter?: ColorJitterOptions | false;
  /** The probability to lose the colours. */
  grayscale?: number;
  /** What is given replaces its part of the preset's blur, also where the preset has none; `false` for none. */
  blur?: GaussianBlurOptions | false;
  /** Done last. Default: none; use the same at evaluation. */
  normalize?: ChannelStatistics;
}

/** What a preset leaves to its options. */
export interface AugmentationDefaults {
  readonly scale: readonly [min: number, max: number];
  readonly jitter: ColorJitterOptions;
  readonly grayscale: number;
  readonly blur: GaussianBlurOptions;
  /** Is there a blur if nothing is said? */
  readonly blurs: boolean;
  /** Default `'jitter'`. */
  readonly first?: 'jitter' | 'grayscale';
}

/** Views smaller than this are not blurred unless it is asked for, as is usual on CIFAR. */
const BLUR_FROM = 64;

/** Does a preset that blurs do so for views of this size? */
export const isBlurred = (size: number | Size): boolean => shorterSide(size) >= BLUR_FROM;

/** The shorter side of a size. */
export const shorterSide = (size: number | Size): number => (typeof size === 'number' ? size : Math.min(...size));

/**
 * The view that all presets consist of: crop (with the flip, as nothing after it tells left from right), jitter and
 * grayscale, blur, normalisation.
 */
export function augmentedView(
  {
    size,
    ratio = [3 / 4, 4 / 3],
    interpolation = 'bilinear',
    flip = 0.5,
    normalize: statistics,
    ...options
  }: AugmentationOptions,
  defaults: AugmentationDefaults,
): View {
  const { scale = defaults.scale, jitter = {}, grayscale = defaults.grayscale } = options;
  const { blur = defaults.blurs && {} } = options;
  const colors: Transform[] = [];
  if (jitter) colors.push(colorJitter({ ...defaults.jitter, ...jitter }));
  if (grayscale !== 0) colors.push(randomGrayscale(grayscale));
  if (defaults.first === 'grayscale') colors.reverse();
  const transforms = [randomResizedCrop(size, { scale, ratio, flip, interpolation }), ...colors];
  if (blur) {
    // Boxes take no kernel.
    const { kernel, ...rest } = defaults.blur;
    transforms.push(gaussianBlur({ ...rest, ...(!blur.approximation && { kernel }), ...blur }));
  }
  if (statistics) transforms.push(normalize(statistics.mean, statistics.standardDeviation));
  return view(...transforms);
}
