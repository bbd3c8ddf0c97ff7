import type { Rng } from '@hcsc/random';
import { type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { compose, type Transform } from '../transforms/transform.js';

/** One way to look at an image: a list of transforms. */
export interface View {
  readonly transforms: readonly Transform[];
  /** Runs the transforms in order; the caller disposes the result. */
  apply(images: Tensor4D, rng: Rng): Tensor4D;
}

/** One `[n, height, width, channels]` tensor for each view of a plan. */
export type ViewTensors<Views extends readonly View[]> = { -readonly [Index in keyof Views]: Tensor4D };

/** What a method is shown of each image: a list of views. */
export interface ViewPlan<Views extends readonly View[] = readonly View[]> {
  readonly views: Views;
  /**
   * One tensor per view, drawn one after the other from `rng`; the caller disposes them.
   *
   * `images` are one batch for all views, or a list of one tensor for each, of views that were begun elsewhere; they are
   * kept. RangeError if the list is not as long as the plan.
   */
  apply(images: Tensor4D | readonly Tensor4D[], rng: Rng): ViewTensors<Views>;
}

/**
 * Makes a view of transforms, run in this order.
 *
 * @example
 * ```ts
 * const weak = view(randomResizedCrop(32, { scale: [0.2, 1], flip: 0.5 }));
 * ```
 */
export function view(...transforms: readonly Transform[]): View {
  return Object.freeze<View>({ transforms: Object.freeze([...transforms]), apply: compose(...transforms) });
}

/**
 * Makes a plan of views; the same view may come more than once, as each draws anew.
 *
 * @throws RangeError without any view.
 *
 * @example
 * ```ts
 * const plan = views(strong, weak);
 * const [query, key] = plan.apply(batch.images, rng);
 * ```
 */
export function views<const Views extends readonly View[]>(...list: Views): ViewPlan<Views> {
  if (list.length === 0) throw new RangeError('Cannot plan no views: give at least one');
  return Object.freeze<ViewPlan<Views>>({
    views: Object.freeze(list),
    apply(images, rng) {
      const inputs = 'dtype' in images ? list.map(() => images) : images;
      if (inputs.length !== list.length) {
        throw new RangeError(
          `Cannot make ${list.length} views of ${inputs.length} tensors: give one for each view, or one batch for all`,
        );
      }
      return tidy(() => list.map((each, i) => each.apply(inputs[i]!, rng))) as ViewTensors<Views>;
    },
  });
}
