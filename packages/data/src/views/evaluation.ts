import { centerCrop } from '../transforms/center-crop.js';
import type { Interpolation, Size } from '../transforms/host-step.js';
import { normalize } from '../transforms/normalize.js';
import { resize } from '../transforms/resize.js';
import type { Transform } from '../transforms/transform.js';
import type { ChannelStatistics } from './channel-statistics.js';
import { type View, type ViewPlan, view, views } from './view.js';

/** Options of {@link evaluation}. */
export interface EvaluationOptions {
  /** `[height, width]` of the view, or one number for both. Default 224. */
  size?: number | Size;
  /** The shorter side that images are resized to first. Default: 8/7 of the longer side of `size`, which is 256 for 224. */
  resize?: number;
  /** How images are resized. Default `'bilinear'`. */
  interpolation?: Interpolation;
  /** The same as in training. Default: none. */
  normalize?: ChannelStatistics;
}

/**
 * The view that encoders are evaluated on: the shorter side resized, the middle cut out, normalised; nothing is random.
 *
 * This is what MoCo's and HCSC's linear classification and kNN do on ImageNet (arXiv 1911.05722, 2202.00455). Small images
 * are usually taken as they are: `evaluation({ size: 32, resize: 32 })`.
 *
 * @returns A plan of one view.
 * @throws RangeError for sizes that are no integers of at least 1, and (when used) for a crop larger than what it is cut
 *   out of.
 *
 * @example
 * ```ts
 * const [images] = evaluation({ normalize: imagenetStatistics }).apply(batch.images, rng);
 * ```
 */
export function evaluation({
  size = 224,
  resize: shorter = Math.round((8 / 7) * (typeof size === 'number' ? size : Math.max(...size))),
  interpolation = 'bilinear',
  normalize: statistics,
}: EvaluationOptions = {}): ViewPlan<readonly [View]> {
  const transforms: Transform[] = [resize(shorter, { interpolation }), centerCrop(size)];
  if (statistics) transforms.push(normalize(statistics.mean, statistics.standardDeviation));
  return views(view(...transforms));
}
