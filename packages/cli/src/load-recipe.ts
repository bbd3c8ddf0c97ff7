import { assertRecipe, type Recipe } from '@hcsc/train';
import { importDefault } from './import-default.js';

/**
 * Imports a recipe file, TypeScript or JavaScript, and gives its default export.
 *
 * @throws Error if there is no such file; TypeError if its default export is no recipe.
 */
export async function loadRecipe(file: string): Promise<Recipe> {
  const recipe = await importDefault(file, 'recipe');
  assertRecipe(recipe, file);
  return recipe;
}
