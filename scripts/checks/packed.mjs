import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createPackageFromTarballData } from '@arethetypeswrong/core';
import { env } from '../setup.mjs';
import { builtPackages } from './workspace.mjs';

const execute = promisify(execFile);

/**
 * Packs every package that is built as it would be published. Gives `{ path, manifest, files, tarball, contents }` for each:
 * `manifest` as it is in the tarball, `files` as paths from the package's folder, sorted; `contents` is what attw works on.
 */
export async function packPackages(root) {
  const built = builtPackages(root);
  if (built.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), 'hcsc-packed-'));
  try {
    const filters = built.flatMap(({ path }) => ['--filter', `./${path}`]);
    await execute('pnpm', ['--recursive', ...filters, 'pack', '--pack-destination', folder], { cwd: root, env });
    const packed = readdirSync(folder).map((file) => readTarball(new Uint8Array(readFileSync(join(folder, file)))));
    return built.map(({ path, manifest }) => ({
      path,
      ...packed.find((one) => one.manifest.name === manifest.name),
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readTarball(tarball) {
  const contents = createPackageFromTarballData(tarball);
  const prefix = `/node_modules/${contents.packageName}/`;
  const manifest = JSON.parse(contents.readFile(`${prefix}package.json`));
  const files = contents.listFiles().map((file) => file.slice(prefix.length));
  return { manifest, files: files.sort(), tarball, contents };
}
