import { join } from 'node:path';
import { checkDeclaredImports } from './declared-imports.mjs';
import { checkManifest } from './manifest.mjs';
import { checkPackageFiles } from './package-files.mjs';
import { readJson, readPackages } from './workspace.mjs';

/** Holds every package to one shape: manifest, files, README, barrel, declared imports. Returns what is wrong, one line each. */
export function checkPackageShape(root) {
  const rootManifest = readJson(join(root, 'package.json'));
  return readPackages(root).flatMap((workspacePackage) => [
    ...checkManifest(workspacePackage, rootManifest),
    ...checkPackageFiles(workspacePackage, root),
    ...checkDeclaredImports(workspacePackage, root, rootManifest),
  ]);
}
