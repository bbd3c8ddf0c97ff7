import type { MinedPairs } from '@hcsc/samplers';
import type { PairContext, Recipe } from '@hcsc/train';

/** A recipe, and the pairs that were found for it. */
export interface NotedPairs {
  readonly recipe: Recipe;
  /** Null before they are found, and of a recipe without. */
  found(): MinedPairs | null;
}

/**
 * Takes note of the pairs of a recipe as soon as they are found: before the first step of its training.
 *
 * @param onFound What to do with them then; training waits for it.
 */
export function notedPairs(
  recipe: Recipe,
  onFound: (pairs: MinedPairs, context: PairContext) => Promise<void> = async () => {},
): NotedPairs {
  const { pairs: plan } = recipe;
  let found: MinedPairs | null = null;
  if (!plan) return { recipe, found: () => null };
  const noted = {
    name: plan.name,
    get options() {
      return plan.options;
    },
    async find(context: PairContext) {
      found = await plan.find(context);
      await onFound(found, context);
      return found;
    },
  };
  return { recipe: { ...recipe, pairs: noted }, found: () => found };
}
