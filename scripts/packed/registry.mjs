import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The last Verdaccio for Node 20. Not installed with the rest, being 60 MB that few need. */
const version = '6.1.6';

const manifest = {
  private: true,
  dependencies: { verdaccio: version },
  // A part of it asks for a tag instead of a version, which not every mirror of a registry has.
  overrides: { 'node-fetch': '2.7.0' },
};

/** Where Verdaccio is, installed the first time. */
async function verdaccio(root, { folder, run }) {
  const cache = join(root, 'node_modules/.cache', `verdaccio-${version}`);
  if (existsSync(cache)) return cache;
  const fresh = join(folder, 'verdaccio');
  mkdirSync(fresh);
  writeFileSync(join(fresh, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: fresh });
  // Whole or not at all. The cache may be on another disk than the temporary folder.
  mkdirSync(dirname(cache), { recursive: true });
  const part = `${cache}-${process.pid}`;
  try {
    await run('cp', ['-R', fresh, part]);
    renameSync(part, cache);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return cache;
}

/** Starts a registry that knows nothing but what is published to it, on a free port of this machine; gives its address. */
export async function startRegistry(root, workplace) {
  const program = fileURLToPath(new URL('registry-process.mjs', import.meta.url));
  const args = [program, await verdaccio(root, workplace), join(workplace.folder, 'registry')];
  const child = workplace.start(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('close', () => reject(Object.assign(new Error('The registry does not start'), { output: said })));
  });
}
