import { type ImageSource, loader, type ViewPlan, viewLoader } from '@hcsc/data';
import type { Rng } from '@hcsc/random';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Recipe } from './recipe.js';

/** What a step is given. */
export interface StepImagesBatch {
  /** The images, or each view of them as far as workers have made it. */
  readonly images: Tensor4D | readonly Tensor4D[];
  /** The images of the first views, and of the second ones, as positions in the training source. */
  readonly indices: Int32Array;
  readonly keyIndices: Int32Array;
  readonly labels: Int32Array | null;
  dispose(): void;
}

/** The images of all steps of a run, and what is left to be done with them on the device. */
export interface StepImages {
  readonly views: ViewPlan;
  /** Who makes the views. */
  readonly viewsOn: ViewsOn;
  batches(epoch: number, options: { from: number }): AsyncIterable<StepImagesBatch>;
}

/** Who makes views: the device, for whole batches, or worker threads, an image at a time. */
export type ViewsOn = 'device' | 'workers';

/**
 * Who makes the views of a recipe, trained on this source: as it says, or workers where they have to decode.
 *
 * @throws RangeError if the recipe says something else.
 */
export function whoMakesViews({ viewsOn }: Pick<Recipe, 'viewsOn'>, { originals }: ImageSource): ViewsOn {
  if (viewsOn !== undefined && viewsOn !== 'device' && viewsOn !== 'workers') {
    throw new RangeError(`Cannot make views on '${viewsOn}': give 'device' or 'workers' as viewsOn`);
  }
  return viewsOn ?? (originals ? 'workers' : 'device');
}

/**
 * Loads images for the device to make views of, or views that workers make, as the recipe and the source want it. Of pairs, the
 * second view is of the second image, all others of the first.
 */
export function stepImages(recipe: Recipe, source: ImageSource, rng: Rng, workers?: number): StepImages {
  const { batchSize, views } = recipe;
  const viewsOn = whoMakesViews(recipe, source);
  if (source.paired && views.views.length < 2) {
    throw new RangeError(
      `Cannot train ${recipe.name} on pairs with one view: needed a second view, of the second images`,
    );
  }
  const options = { batchSize, shuffle: true, rng: rng.fork('order'), dropLast: true };
  const [first, second] = source.paired?.members ?? [null, null];
  const placesOf = (items: Int32Array) => ({
    indices: first ? items.map((item) => first[item]!) : items,
    keyIndices: second ? items.map((item) => second[item]!) : items,
  });
  if (viewsOn === 'device') {
    const batches = loader(source, options);
    return {
      views,
      viewsOn,
      async *batches(epoch, from) {
        for await (const { images, second: keys, indices, labels, dispose } of batches.batches(epoch, from)) {
          const given = keys ? views.views.map((_, v) => (v === 1 ? keys : images)) : images;
          yield { images: given, ...placesOf(indices), labels, dispose };
        }
      },
    };
  }
  const made = viewLoader(source, views, { ...options, workers });
  return {
    views: made.plan,
    viewsOn,
    async *batches(epoch, from) {
      for await (const { views: images, indices, labels, dispose } of made.batches(epoch, from)) {
        yield { images, ...placesOf(indices), labels, dispose };
      }
    },
  };
}
