import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readPackages } from '../checks/workspace.mjs';

/** What READMEs may import beside our packages. */
const others = [
  '@tensorflow/tfjs-backend-cpu',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-layers',
  '@types/node',
  'vitest',
];

/** A temporary folder in which our packages, as they are built, and those others are installed. `remove()` takes it away. */
export function openWorkbench(root) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'hcsc-readmes-')));
  const installed = readPackages(root).map(({ manifest, path }) => [manifest.name, join(root, path)]);
  for (const name of others) installed.push([name, placeOf(root, name)]);
  for (const [name, target] of installed) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(realpathSync(target), link, 'dir');
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** vitest is that of `@hcsc/testing`, if it is there: its matchers are declared for that one. */
function placeOf(root, name) {
  const own = join(root, 'packages/testing/node_modules', name);
  return name === 'vitest' && existsSync(own) ? own : join(root, 'node_modules', name);
}

/** The file of a program: `losses-41.ts`, by the README's package and the line. */
export function fileOf({ readme, line, how }) {
  const name = /^packages\/([^/]+)\//.exec(readme)?.[1] ?? 'root';
  return `${name}-${line}${how === 'vitest' ? '.test' : ''}.ts`;
}

/** Where vitest is, for a program that runs in a folder without it on its path. */
export const vitestCommand = (root) =>
  join(dirname(createRequire(join(root, 'package.json')).resolve('vitest/package.json')), 'vitest.mjs');
