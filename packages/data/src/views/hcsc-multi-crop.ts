import type { AugmentationOptions } from './augmented-view.js';
import { mocoV2View } from './moco-v2.js';
import { type View, type ViewPlan, views } from './view.js';

/** Options of {@link hcscMultiCrop}; what is not here is as in `mocoV2`. */
export interface HcscMultiCropOptions extends Omit<AugmentationOptions, 'size' | 'scale'> {
  /** The sides of the views in pixels. Default `[224, 192, 160, 128, 96]`. */
  sizes?: readonly number[];
  /** The crop's smallest share of the image's area, by size. Default `[0.2, 0.172, 0.143, 0.114, 0.086]`. */
  minScales?: readonly number[];
  /** The crop's largest share, by size. Default `[1, 0.86, 0.715, 0.571, 0.429]`. */
  maxScales?: readonly number[];
  /** How many views there are of each size; at least 2 of the first. Default 2 of the first, 1 of each other. */
  counts?: readonly number[];
}

/**
 * The views of HCSC with multi-crop: query, key, then the local views, each with the colour operations of MoCo v2.
 *
 * The first size comes twice, for the query and the key; the smaller ones go through the query encoder only. Source: Guo et
 * al., _HCSC: Hierarchical Contrastive Selective Coding_ (arXiv 2202.00455), with the sizes and scales of its official code.
 *
 * @returns A plan of six views by default: query, key, and four of 192, 160, 128 and 96 pixels.
 * @throws RangeError if lists are not equally long, for counts that leave no query and key, and for options that the
 * transforms refuse.
 *
 * @example
 * ```ts
 * const plan = hcscMultiCrop({ normalize: imagenetStatistics });
 * const [query, key, ...local] = plan.apply(batch.images, rng);
 * ```
 */
export function hcscMultiCrop({
  sizes = [224, 192, 160, 128, 96],
  minScales = [0.2, 0.172, 0.143, 0.114, 0.086],
  maxScales = [1, 0.86, 0.715, 0.571, 0.429],
  counts = sizes.map((_, i) => (i === 0 ? 2 : 1)),
  ...options
}: HcscMultiCropOptions = {}): ViewPlan<readonly [query: View, key: View, ...local: View[]]> {
  const lists = { sizes, minScales, maxScales, counts };
  if (Object.values(lists).some((list) => list.length !== sizes.length)) {
    const given = Object.entries(lists).map(([name, list]) => `${list.length} ${name}`);
    throw new RangeError(`Cannot plan crops by ${given.join(', ')}: give as many of each`);
  }
  if (!counts.every((count) => Number.isInteger(count) && count >= 0) || !(counts[0]! >= 2)) {
    throw new RangeError(
      `Cannot plan [${counts}] views: give integers of at least 0, and at least 2 of the first size, for query and key`,
    );
  }
  const list = sizes.flatMap((size, i) => {
    const each = mocoV2View({ ...options, size, scale: [minScales[i]!, maxScales[i]!] });
    return new Array<View>(counts[i]!).fill(each);
  });
  return views(...(list as [View, View, ...View[]]));
}
