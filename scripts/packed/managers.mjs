import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const offline = ['--prefer-offline', '--no-audit', '--no-fund'];

const installers = {
  npm: () => ({ more: {}, command: ['npm', 'install', ...offline] }),
  pnpm: (files) => ({
    // A packed package names the others by version, which no registry has yet.
    more: { pnpm: { overrides: files } },
    command: ['pnpm', 'install', '--prefer-offline', '--ignore-workspace', '--no-frozen-lockfile'],
  }),
};

/** The package managers that are tried. */
export const managers = Object.keys(installers);

/**
 * Writes a project's manifest into a folder and installs what it names, packages of ours from their tarballs. Throws what
 * `noRegistry` knows, if it failed for want of a registry.
 */
export async function installPacked(manager, folder, manifest, packed, run) {
  const files = Object.fromEntries(Object.entries(packed).map(([name, tarball]) => [name, `file:${tarball}`]));
  const { more, command } = installers[manager](files);
  const project = { ...manifest, dependencies: { ...manifest.dependencies, ...files }, ...more };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(project, null, 2)}\n`);
  const [file, ...args] = command;
  try {
    await run(file, args, { cwd: folder });
  } catch (error) {
    // npm speaks of versions that do not fit, if it can ask for some only.
    if (!noRegistry(error)) await run('npm', ['view', 'typescript', 'version', '--prefer-online'], { cwd: folder });
    throw error;
  }
}

const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/;

/** Did a command fail because there is no registry? */
export const noRegistry = (error) => unreachable.test(`${error.message}\n${error.output ?? ''}`);
