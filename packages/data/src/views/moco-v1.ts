import { type AugmentationDefaults, type AugmentationOptions, augmentedView } from './augmented-view.js';
import { type View, type ViewPlan, views } from './view.js';

/**
 * Options of {@link mocoV1}.
 *
 * Defaults: `scale` `[0.2, 1]`; `grayscale` 0.2; `jitter` `{ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.4,
 * p: 1 }`; no `blur`.
 */
export type MocoV1Options = AugmentationOptions;

/**
 * The two views of MoCo: crop, grayscale, colour jitter (always), flip.
 *
 * Channels as in `mocoV2`. Source: He, Fan, Wu, Xie and Girshick (arXiv 1911.05722).
 *
 * @returns A plan of two views drawn in the same way.
 * @throws RangeError for options that the transforms refuse.
 *
 * @example
 * ```ts
 * const plan = mocoV1({ size: 224, normalize: imagenetStatistics });
 * const [query, key] = plan.apply(batch.images, rng);
 * ```
 */
export function mocoV1(options: MocoV1Options): ViewPlan<readonly [View, View]> {
  const each = augmentedView(options, DEFAULTS);
  return views(each, each);
}

const DEFAULTS: AugmentationDefaults = {
  scale: [0.2, 1],
  jitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.4 },
  grayscale: 0.2,
  first: 'grayscale',
  blur: { p: 0.5, sigma: [0.1, 2] },
  blurs: false,
};
