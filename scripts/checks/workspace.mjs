import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Every package of the workspace: `{ folder, path, manifest, kind }`, `kind` being 'research' or 'workbench'. */
export function readPackages(root) {
  return readdirSync(join(root, 'packages'))
    .filter((folder) => existsSync(join(root, 'packages', folder, 'package.json')))
    .map((folder) => {
      const path = `packages/${folder}`;
      const manifest = readJson(join(root, path, 'package.json'));
      return { folder, path, manifest, kind: manifest.hcsc?.kind };
    });
}

/** The packages that have been built. */
export function builtPackages(root) {
  return readPackages(root).filter(({ path }) => existsSync(join(root, path, 'dist')));
}

/** Code that is never shipped, as patterns of paths: tests, their fixtures, and folders of test helpers. */
export const testCode = ['\\.(test|fixture)\\.ts$', '/src/testing/', '/src/.+/testing/'];

const testPattern = new RegExp(testCode.join('|'));

/** Is this path one of code that is never shipped? */
export const isTestCode = (path) => testPattern.test(path);

/** The TypeScript files under a package's src, as paths from the root. */
export function sourceFiles(root, { path }) {
  if (!existsSync(join(root, path, 'src'))) return [];
  return readdirSync(join(root, path, 'src'), { recursive: true })
    .map((file) => `${path}/src/${String(file).replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.ts'));
}
