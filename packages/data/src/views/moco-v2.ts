import { type AugmentationDefaults, type AugmentationOptions, augmentedView, isBlurred } from './augmented-view.js';
import { type View, type ViewPlan, views } from './view.js';

/**
 * Options of {@link mocoV2}.
 *
 * Defaults: `scale` `[0.2, 1]`; `jitter` `{ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, p: 0.8 }`;
 * `grayscale` 0.2; `blur` `{ p: 0.5, sigma: [0.1, 2] }` from 64 pixels on, and none for smaller views, as is usual on CIFAR.
 */
export type MocoV2Options = AugmentationOptions;

/**
 * The two views of MoCo v2: crop, colour jitter, grayscale, blur, flip.
 *
 * Works with any number of channels: what needs colours (saturation, hue, grayscale) is left out for images that have
 * none. The flip is part of the crop, which comes to the same as nothing after it tells left from right. Source: Chen,
 * Fan, Girshick and He (arXiv 2003.04297); its code blurs by PIL, which is `blur: { approximation: 'box' }`.
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
export function mocoV2(options: MocoV2Options): ViewPlan<readonly [View, View]> {
  const each = mocoV2View(options);
  return views(each, each);
}

/** One view of {@link mocoV2}. */
export function mocoV2View(options: AugmentationOptions): View {
  return augmentedView(options, { ...DEFAULTS, blurs: isBlurred(options.size) });
}

const DEFAULTS: Omit<AugmentationDefaults, 'blurs'> = {
  scale: [0.2, 1],
  jitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, p: 0.8 },
  grayscale: 0.2,
  blur: { p: 0.5, sigma: [0.1, 2] },
};
