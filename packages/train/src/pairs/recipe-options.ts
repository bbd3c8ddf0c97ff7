import { evaluationView } from '../evaluation-view.js';
import type { Recipe } from '../recipe.js';

/** Recipes that are being described, each for the one before it. */
const describing: Recipe[] = [];

/**
 * What a recipe says of itself before its method is built, as plain JSON.
 *
 * @throws Error if its pairs need an encoder of itself.
 */
export function recipeOptions(recipe: Recipe): Record<string, unknown> {
  const { name, seed, epochs, batchSize, accumulate = 1, data, optimizer, schedule, settings } = recipe;
  if (describing.includes(recipe)) {
    const names = [...describing.slice(describing.indexOf(recipe)), recipe].map((each) => each.name);
    throw new Error(
      `Cannot train ${name} for pairs that ${name} itself is to be trained on: ${names.join(' needs ')}. Mine them with another encoder`,
    );
  }
  describing.push(recipe);
  try {
    const { pairs, stepsPerEpoch } = recipe;
    return {
      ...{ name, seed, epochs, batchSize, accumulate, data: data.name },
      ...(stepsPerEpoch !== undefined && { stepsPerEpoch }),
      ...(pairs && { pairs: { name: pairs.name, ...pairs.options } }),
      views: recipe.views.views.map(({ transforms }) =>
        transforms.map(({ host, name: function_ }) => host ?? { step: function_ || 'a function' }),
      ),
      prepare: evaluationView(recipe).steps,
      optimizer: { name: optimizer.name, learningRate: optimizer.learningRate, ...optimizer.options },
      schedule: { name: schedule.name, ...schedule.options },
      settings: settings ?? {},
    };
  } finally {
    describing.pop();
  }
}
