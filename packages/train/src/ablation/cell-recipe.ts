import { applySettings, missingFromRecipe, type Recipe } from '../recipe.js';
import type { Ablation, CellValues, Factors } from './ablation.js';
import type { AblationCell } from './ablation-cells.js';
import { factorLevels } from './factor-levels.js';

/**
 * The values that an ablation has for the labels of a cell, by factor: what its `recipe` is given.
 *
 * @example
 * ```ts
 * const { sampler } = cellValues(ablation, cell);
 * ```
 */
export function cellValues({ factors }: Ablation, { levels }: Pick<AblationCell, 'levels'>): CellValues<Factors> {
  const value = (name: string, label: string) => factorLevels(factors[name]!).find(([own]) => own === label)![1];
  return Object.fromEntries(Object.entries(levels).map(([name, label]) => [name, value(name, label)]));
}

/**
 * The recipe of one cell of an ablation, under the cell's name and seed.
 *
 * @param settings Changes to it, as `--set key=value` makes them.
 * @throws TypeError if the ablation gives no recipe for the cell; Error if it throws instead; RangeError for a setting that is a factor, the name or the
 *   seed, or that the recipe has not.
 *
 * @example
 * ```ts
 * const recipe = cellRecipe(ablation, cell, { epochs: '2' });
 * ```
 */
export function cellRecipe(
  ablation: Ablation,
  cell: Pick<AblationCell, 'name' | 'condition' | 'levels' | 'seed'>,
  settings: Readonly<Record<string, string>> = {},
): Recipe {
  for (const key of Object.keys(settings)) {
    if (Object.hasOwn(ablation.factors, key)) {
      throw new RangeError(`Cannot set ${key} for all cells: it is a factor of ${ablation.name}`);
    }
    if (key === 'name' || key === 'seed') {
      throw new RangeError(`Cannot set ${key} for all cells of ${ablation.name}: each has its own`);
    }
  }
  const recipe = recipeOf(ablation, cell);
  const missing = missingFromRecipe(recipe);
  if (missing.length > 0) {
    throw new TypeError(
      `${ablation.name} gives no recipe for ${cell.condition}: it must return defineRecipe({ ... }) with ${missing.join(', ')}`,
    );
  }
  return { ...applySettings(recipe as Recipe, settings), name: cell.name, seed: cell.seed };
}

function recipeOf(ablation: Ablation, cell: Pick<AblationCell, 'condition' | 'levels'>): unknown {
  try {
    return ablation.recipe(cellValues(ablation, cell));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${ablation.name} gives no recipe for ${cell.condition}: ${message}`, { cause: error });
  }
}
