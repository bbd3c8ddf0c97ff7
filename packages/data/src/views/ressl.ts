import type { AugmentationOptions } from './augmented-view.js';
import { mocoV2View } from './moco-v2.js';
import { type View, type ViewPlan, views } from './view.js';

/**
 * Options of {@link ressl}, with the defaults of `mocoV2`: of both views `size`, `scale`, `ratio`, `interpolation`, `flip`
 * and `normalize`; of the strong one `jitter`, `grayscale` and `blur`.
 */
export type ResslOptions = AugmentationOptions;

/**
 * The views of ReSSL: first the strong one (those of MoCo v2), then the weak one (crop and flip only).
 *
 * The student sees the strong view and the teacher the weak one: in CGH, the strong view is the query and the weak one
 * the key. Local views for the student are those of {@link hcscMultiCrop}, in the sizes and scales of ReSSL's own code, and
 * follow as `views(strong, weak, ...local)`. Channels as in `mocoV2`. Source: Zheng et al. (arXiv 2107.09282).
 *
 * @returns A plan of two views: strong, weak.
 * @throws RangeError for options that the transforms refuse.
 *
 * @example
 * ```ts
 * const plan = ressl({ size: 224, normalize: imagenetStatistics });
 * const [strong, weak] = plan.apply(batch.images, rng);
 *
 * const [, , ...local] = hcscMultiCrop({ normalize: imagenetStatistics }).views; // 192, 160, 128 and 96 pixels
 * const multiCrop = views(...plan.views, ...local);
 * ```
 */
export function ressl(options: ResslOptions): ViewPlan<readonly [strong: View, weak: View]> {
  const weak = mocoV2View({ ...options, jitter: false, grayscale: 0, blur: false });
  return views(mocoV2View(options), weak);
}
