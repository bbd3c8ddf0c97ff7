import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import { isTestCode, sourceFiles } from './workspace.mjs';

/** `@scope/name/deep/path` → `@scope/name`. */
const packageOf = (specifier) => /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier)[1];

/** The packages that a file imports, types included. */
function importedPackages(text) {
  const specifiers = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  return [...new Set(specifiers.filter((name) => !name.startsWith('.') && !isBuiltin(name)).map(packageOf))];
}

/**
 * Says which imports a package does not declare, and which dependencies it declares and never imports. Shipped code needs
 * dependencies or peers (an optional one may be named in peerDependenciesMeta only); tests may use dev dependencies and the root's too.
 */
export function checkDeclaredImports(workspacePackage, root, rootManifest) {
  const { path, manifest } = workspacePackage;
  const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {}, devDependencies = {} } = manifest;
  const peers = { ...peerDependenciesMeta, ...peerDependencies };
  const shipped = new Set([manifest.name, ...Object.keys(dependencies), ...Object.keys(peers)]);
  const tested = new Set([...shipped, ...Object.keys(devDependencies), ...Object.keys(rootManifest.devDependencies)]);
  const problems = [];
  const used = new Set();
  for (const file of sourceFiles(root, workspacePackage)) {
    const isTest = isTestCode(file);
    for (const name of importedPackages(readFileSync(join(root, file), 'utf8'))) {
      if (!isTest) used.add(name);
      if (name === manifest.name) problems.push(`${file}: imports its own package; import the file`);
      if (!(isTest ? tested : shipped).has(name)) {
        problems.push(`${file}: imports ${name}, which ${path}/package.json does not declare`);
      }
    }
  }
  for (const name of Object.keys(dependencies)) {
    if (!used.has(name))
      problems.push(`${path}/package.json: depends on ${name}, which its shipped code never imports`);
  }
  return problems;
}
