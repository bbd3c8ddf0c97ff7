import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { readPackages } from './workspace.mjs';

/** The packages that have been built. */
export function builtPackages(root) {
  return readPackages(root).filter(({ path }) => existsSync(join(root, path, 'dist')));
}

/** Says what publint finds in the built packages as they would be published. */
export async function checkPublished(root) {
  const problems = [];
  for (const { path, manifest } of builtPackages(root)) {
    const { messages } = await publint({ pkgDir: join(root, path), level: 'warning', strict: true, pack: false });
    problems.push(...messages.map((message) => `${path}: ${formatMessage(message, manifest, { color: false })}`));
  }
  return problems;
}
