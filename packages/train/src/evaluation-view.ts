import { type View, view } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Recipe } from './recipe.js';

/** Images to what an encoder is shown of them; the caller disposes it. */
export interface Preparation {
  (images: Tensor4D): Tensor4D;
  /** What it does, as plain JSON, where that is known: features of images that were prepared otherwise are not taken for its. */
  readonly steps?: readonly unknown[];
}

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
  return preparationOf(evaluationView ?? commonNormalisation(views.views));
}

/** What a view makes of images, nothing of it random. */
export function preparationOf({ apply, transforms }: View): Preparation {
  const steps = transforms.map(({ host, name }) => host ?? { step: name || 'a function' });
  return Object.assign((images: Tensor4D) => apply(images, createRng(0)), { steps });
}

function commonNormalisation(views: readonly View[]): View {
  const last = views.map(({ transforms }) => transforms.at(-1));
  const [first] = last;
  const steps = new Set(last.map((transform) => JSON.stringify(transform?.host ?? null)));
  return first?.host?.step === 'normalize' && steps.size === 1 ? view(first) : view();
}
