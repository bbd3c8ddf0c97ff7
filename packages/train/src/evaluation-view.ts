import { type View, view } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Recipe } from './recipe.js';

/** Images to what an encoder is shown of them; the caller disposes it. */
export type Preparation = (images: Tensor4D) => Tensor4D;

/**
 * How a recipe shows images to its encoder without augmentation, for evaluation and clustering: by its `evaluationView`;
 * without one, normalised if all of its views end with the same normalisation.
 *
 * @example
 * ```ts
 * const prepare = evaluationView(recipe);
 * const features = await extractFeatures((images) => encoder.predict(prepare(images)), source);
 * ```
 */
export function evaluationView({ evaluationView, views }: Pick<Recipe, 'views' | 'evaluationView'>): Preparation {
  const prepared = evaluationView ?? commonNormalisation(views.views);
  return (images) => prepared.apply(images, createRng(0));
}

function commonNormalisation(views: readonly View[]): View {
  const last = views.map(({ transforms }) => transforms.at(-1));
  const [first] = last;
  const steps = new Set(last.map((transform) => JSON.stringify(transform?.host ?? null)));
  return first?.host?.step === 'normalize' && steps.size === 1 ? view(first) : view();
}
