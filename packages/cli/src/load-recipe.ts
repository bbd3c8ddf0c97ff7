import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { assertRecipe, type Recipe } from '@hcsc/train';
import { register } from 'tsx/esm/api';

let registered = false;

/**
 * Imports a recipe file, TypeScript or JavaScript, and gives its default export.
 *
 * @throws Error if there is no such file; TypeError if its default export is no recipe.
 */
export async function loadRecipe(file: string): Promise<Recipe> {
  const path = resolve(file);
  if (!existsSync(path)) throw new Error(`No recipe at ${file}`);
  // Into Node's own module cache, and past the path mappings of any tsconfig: recipe and command must share one copy of
  // every package.
  if (!registered) register({ tsconfig: false });
  registered = true;
  const module = (await import(pathToFileURL(path).href)) as { default?: unknown };
  assertRecipe(module.default, file);
  return module.default;
}
