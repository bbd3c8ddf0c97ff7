import type { ImageSource } from '@hcsc/data';
import type { Method } from './method.js';
import type { Recipe } from './recipe.js';
import type { ViewsOn } from './step-images.js';

/**
 * What two sittings of one run must agree on, as plain JSON: settings, views, method, optimiser, schedule and data.
 *
 * Functions of its user's are told by their names only.
 *
 * @param method Built from the recipe; only its name and options are read.
 *
 * @example
 * ```ts
 * const identity = runIdentity(recipe, method, { viewsOn: whoMakesViews(recipe, source), source });
 * ```
 */
export function runIdentity(
  recipe: Recipe,
  method: Method,
  { viewsOn, source }: { viewsOn: ViewsOn; source: ImageSource },
): Record<string, unknown> {
  const { name, seed, epochs, batchSize, stepsPerEpoch, accumulate = 1, optimizer, schedule } = recipe;
  const { pairs, settings = {} } = recipe;
  return {
    name,
    seed,
    epochs,
    batchSize,
    accumulate,
    ...(stepsPerEpoch !== undefined && { stepsPerEpoch }),
    data: { name: recipe.data.name, images: source.length, shape: source.shape },
    ...(pairs && { pairs: { name: pairs.name, ...pairs.options } }),
    viewsOn,
    views: recipe.views.views.map(({ transforms }) =>
      transforms.map(({ host, name: function_ }) => host ?? { step: function_ || 'a function' }),
    ),
    method: { name: method.name, ...method.options },
    optimizer: { name: optimizer.name, learningRate: optimizer.learningRate, ...optimizer.options },
    schedule: { name: schedule.name, ...schedule.options },
    settings,
  };
}

/** Every plain value in a nesting of records and lists, by its path. */
function leaves(value: unknown, path: string, into: Map<string, string>): Map<string, string> {
  if (typeof value !== 'object' || value === null) return into.set(path, JSON.stringify(value));
  for (const [key, inner] of Object.entries(value)) leaves(inner, path === '' ? key : `${path}.${key}`, into);
  return into;
}

/**
 * What differs between the recipe a run was begun with and the one it is to go on with, a line each; what JSON does not tell
 * apart does not differ.
 *
 * @example
 * ```ts
 * runDifferences({ seed: 0, epochs: 20 }, { seed: 1, epochs: 20 }); // ['seed was 0 and is 1']
 * ```
 */
export function runDifferences(
  then: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): string[] {
  // A key without a value is one that is not there.
  const before = leaves(JSON.parse(JSON.stringify(then)), '', new Map());
  const after = leaves(JSON.parse(JSON.stringify(now)), '', new Map());
  const show = (value: string | undefined) => value ?? 'not there';
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => `${path} was ${show(before.get(path))} and is ${show(after.get(path))}`);
}
