import type { Method } from './method.js';
import type { Recipe } from './recipe.js';
import type { ViewsOn } from './step-images.js';

/** What two sittings of one run must agree on. */
export function runIdentity(recipe: Recipe, method: Method, viewsOn: ViewsOn): Record<string, unknown> {
  const { name, seed, epochs, batchSize, optimizer, schedule, settings = {} } = recipe;
  return {
    name,
    seed,
    epochs,
    batchSize,
    data: recipe.data.name,
    viewsOn,
    method: { name: method.name, ...method.options },
    optimizer: { name: optimizer.name, learningRate: optimizer.learningRate, ...optimizer.options },
    schedule: { name: schedule.name, ...schedule.options },
    settings,
  };
}

/** Throws, with each difference named, if a folder's run was made by another recipe. */
export function refuseOther(
  folder: string,
  then: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): void {
  const other = Object.keys({ ...then, ...now }).filter(
    (key) => JSON.stringify(then[key]) !== JSON.stringify(now[key]),
  );
  if (other.length > 0) {
    const show = (key: string) => `${key} was ${JSON.stringify(then[key])} and is ${JSON.stringify(now[key])}`;
    throw new Error(`Cannot go on with ${folder}: ${other.map(show).join('; ')}. Give another folder, or start anew`);
  }
}
