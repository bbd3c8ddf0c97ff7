import { type ImageSource, subset, type ViewPlan, viewLoader } from '@hcsc/data';
import { createRng, type Rng } from '@hcsc/random';
import type { ViewRow } from '@hcsc/report';
import { type Recipe, whoMakesViews } from '@hcsc/train';
import { dispose, div, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { reportImage } from './report-image.js';
import { shownViews } from './shown-views.js';

/** How many images can be asked for at once: their views are all made in one go. */
export const MOST_IMAGES = 100;

/**
 * Images of a source and the views that a recipe makes of them, as pictures, without those that cannot be read. The
 * tensors it makes are freed.
 *
 * @param indices which images; one that comes twice is drawn twice.
 * @param seed of the views: the same seed and the same indices give the same views.
 * @throws RangeError if there is no index, more than {@link MOST_IMAGES}, or one that the source does not have.
 *
 * @example
 * ```ts
 * const rows = await sampleViews(recipe, await recipe.data.train(), [0, 100, 200], recipe.seed);
 * ```
 */
export async function sampleViews(
  recipe: Pick<Recipe, 'views' | 'viewsOn'>,
  source: ImageSource,
  indices: readonly number[],
  seed: number,
): Promise<ViewRow[]> {
  const { views } = recipe;
  const { name, length, shape, classes, labels } = source;
  checkCount(indices.length, name);
  for (const index of indices) {
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw new RangeError(`Cannot show image ${index} of ${name}: it has images 0 to ${length - 1}`);
    }
  }
  const rng = createRng(seed).fork('views to be shown');
  let bytes = await source.read(indices);
  const left = new Set(source.unreadable?.map(({ index }) => index));
  const shown = indices.filter((index) => !left.has(index));
  if (shown.length === 0) return [];
  if (shown.length < indices.length) bytes = await source.read(shown); // others had taken the places
  const size = shape[0] * shape[1] * shape[2];
  const made =
    whoMakesViews(recipe, source) === 'workers'
      ? await viewsOfWorkers(views, subset(source, shown), rng)
      : tidy(() =>
          views.apply(div(tensor4d(Float32Array.from(bytes), [shown.length, ...shape]), 255) as Tensor4D, rng),
        );
  try {
    const pictures = await shownViews(views, made);
    return shown.map((index, i) => ({
      original: reportImage(bytes.subarray(i * size, (i + 1) * size), shape, classes?.[labels?.[index] ?? -1]),
      views: pictures[i]!,
    }));
  } finally {
    dispose([...made]);
  }
}

/** The views of all images of a source, made as in training. */
async function viewsOfWorkers(plan: ViewPlan, source: ImageSource, rng: Rng): Promise<readonly Tensor4D[]> {
  const made = viewLoader(source, plan, { batchSize: source.length, rng, shuffle: false });
  for await (const batch of made.batches(0)) {
    try {
      return made.plan.apply(batch.views, rng);
    } finally {
      batch.dispose();
    }
  }
  throw new RangeError(`Cannot show the views of ${source.name}: it has no image`);
}

/**
 * Which images to show where no one says: `count` of them, evenly spread over the source.
 *
 * @throws RangeError if there are fewer in the source, or none or more than {@link MOST_IMAGES} are asked for.
 */
export function spreadIndices({ name, length }: ImageSource, count: number): number[] {
  checkCount(count, name);
  if (count > length) throw new RangeError(`Cannot show ${count} images of ${name}: it has ${length}`);
  return Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * length) / count));
}

function checkCount(count: number, name: string): void {
  if (!Number.isInteger(count) || count < 1 || count > MOST_IMAGES) {
    throw new RangeError(`Cannot show ${count} images of ${name}: give 1 to ${MOST_IMAGES}`);
  }
}
