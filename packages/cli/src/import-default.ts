import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { register } from 'tsx/esm/api';

let registered = false;

/**
 * Imports a file of its user's, TypeScript or JavaScript, and gives its default export.
 *
 * @param what What it should be, for the error that there is none.
 * @throws Error if there is no such file, and what the file itself throws.
 */
export async function importDefault(file: string, what: string): Promise<unknown> {
  const path = resolve(file);
  if (!existsSync(path)) throw new Error(`No ${what} at ${file}`);
  // Into Node's own module cache, and past the path mappings of any tsconfig: the file and the command must share one copy of
  // every package.
  if (!registered) register({ tsconfig: false });
  registered = true;
  return ((await import(pathToFileURL(path).href)) as { default?: unknown }).default;
}
