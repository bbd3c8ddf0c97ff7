import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { builtPackages, readPackages } from './workspace.mjs';

/** What the files of a folder import from outside of it: `[file, specifier]`, also what they load on demand. */
async function outsideImports(root, folder) {
  const files = readdirSync(join(root, folder), { recursive: true }).filter((file) => String(file).endsWith('.js'));
  const { metafile } = await build({
    entryPoints: files.map((file) => join(root, folder, file)),
    absWorkingDir: root,
    bundle: true,
    packages: 'external',
    platform: 'neutral',
    format: 'esm',
    write: false,
    metafile: true,
    outdir: 'none',
    logLevel: 'silent',
  });
  return Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
    imports.filter(({ external }) => external).map(({ path }) => [file, path]),
  );
}

/**
 * Says where a research package that is built imports what would cost everybody who imports it: anything but TensorFlow.js's
 * own packages among its peers, and research packages of ours that it declares. So nothing is read, and nothing
 * started, that a browser lacks.
 */
export async function checkDistImports(root) {
  const research = new Set(
    readPackages(root)
      .filter(({ kind }) => kind === 'research')
      .map(({ manifest }) => manifest.name),
  );
  const problems = [];
  for (const { path, manifest, kind } of builtPackages(root)) {
    if (kind !== 'research') continue;
    const peers = Object.keys(manifest.peerDependencies ?? {}).filter((name) => name.startsWith('@tensorflow/'));
    const own = Object.keys(manifest.dependencies ?? {}).filter((name) => research.has(name));
    const allowed = new Set([...peers, ...own]);
    for (const [file, specifier] of await outsideImports(root, `${path}/dist`)) {
      if (!allowed.has(specifier))
        problems.push(`${file}: imports ${specifier}; it may import ${[...allowed].join(', ') || 'nothing'}`);
    }
  }
  return problems;
}
