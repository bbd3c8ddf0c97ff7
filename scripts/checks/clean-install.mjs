import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { env, say } from '../setup.mjs';
import { readJson, readPackages } from './workspace.mjs';

const execute = promisify(execFile);

/** Whose install scripts may be there: they only look for a prebuilt binary, or print something. */
const harmless = ['koffi', 'core-js'];

/** What a user of the package does first: starts a backend and multiplies. Prints what it ran on. */
const program = `
import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { diagnoseRuntime, findNativeLibrary, startRuntime } from '@hcsc/runtime';

const { koffi } = await diagnoseRuntime({ libraryPath: '/nowhere' });
if (!koffi.works) throw new Error('koffi: ' + koffi.detail);
const backend = findNativeLibrary() === null ? 'cpu' : 'native';
const runtime = await startRuntime({ backend, log: () => {} });
const [product] = tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync();
if (product !== 11) throw new Error('1 · 3 + 2 · 4 is ' + product + ' on ' + backend);
runtime.stop();
console.log(backend);
`;

/** The packed package and those of ours that it needs, by name: `{ '@hcsc/runtime': '/…/hcsc-runtime-0.0.0.tgz' }`. */
async function pack(root, name, folder, packed = {}) {
  const { path, manifest } = readPackages(root).find((one) => one.manifest.name === name);
  const before = new Set(readdirSync(folder));
  await execute('pnpm', ['pack', '--pack-destination', folder], { cwd: join(root, path), env });
  packed[name] = join(
    folder,
    readdirSync(folder).find((file) => !before.has(file)),
  );
  for (const [dependency, range] of Object.entries(manifest.dependencies ?? {})) {
    if (range.startsWith('workspace:') && !(dependency in packed)) await pack(root, dependency, folder, packed);
  }
  return packed;
}

/** Every installed package below a folder: the manifests. */
function installed(modules, found = []) {
  if (!existsSync(modules)) return found;
  for (const entry of readdirSync(modules)) {
    if (entry === '.bin' || entry === '.cache') continue;
    const path = join(modules, entry);
    if (entry.startsWith('@')) installed(path, found);
    else if (entry === '.pnpm') for (const one of readdirSync(path)) installed(join(path, one, 'node_modules'), found);
    else if (existsSync(join(path, 'package.json'))) {
      found.push(readJson(join(path, 'package.json')));
      installed(join(path, 'node_modules'), found);
    }
  }
  return found;
}

/** Says which installed packages bring an installer, or are TensorFlow's own addon. */
export function installersIn(folder) {
  const problems = new Set();
  for (const { name, scripts = {} } of installed(join(folder, 'node_modules'))) {
    if (/^@tensorflow\/tfjs-node/.test(name)) problems.add(`${name} came along`);
    const scripted = ['preinstall', 'install', 'postinstall'].filter((script) => scripts[script]);
    if (scripted.length > 0 && !harmless.includes(name)) problems.add(`${name} has a script ${scripted.join(', ')}`);
  }
  return [...problems];
}

const managers = {
  npm: {
    manifest: () => ({}),
    command: (tarballs, peers) => [
      'npm',
      'install',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      ...tarballs,
      ...peers,
    ],
  },
  pnpm: {
    // A packed package names the others by version, which no registry has yet.
    manifest: (packed) => ({
      pnpm: { overrides: Object.fromEntries(Object.entries(packed).map(([name, file]) => [name, `file:${file}`])) },
    }),
    command: (tarballs, peers) => ['pnpm', 'add', '--prefer-offline', '--ignore-workspace', ...tarballs, ...peers],
  },
};

const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/;

/**
 * Installs `@hcsc/runtime`, packed as it would be published, into an empty folder with npm and with pnpm, says which
 * installers that brings, and runs a small program there. Left out where the package is not built, and where there is no
 * registry, unless `CI` is set.
 */
export async function checkCleanInstall(root) {
  if (!existsSync(join(root, 'packages/runtime/dist/index.js'))) return leaveOut('the package is not built');
  const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'hcsc-clean-install-')));
  try {
    const packed = await pack(root, '@hcsc/runtime', temporary);
    const { version } = readJson(join(root, 'packages/runtime/node_modules/@tensorflow/tfjs-core/package.json'));
    const peers = ['core', 'layers', 'backend-cpu'].map((part) => `@tensorflow/tfjs-${part}@${version}`);
    const results = await Promise.all(
      Object.keys(managers).map((manager) => tryOut(manager, join(temporary, manager), packed, peers)),
    );
    const problems = results.flat();
    return problems.some((problem) => unreachable.test(problem)) && !process.env.CI
      ? leaveOut('no registry can be reached')
      : problems;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function leaveOut(why) {
  say(`  the clean install is left out: ${why}`);
  return [];
}

async function tryOut(manager, folder, packed, peers) {
  const { manifest, command } = managers[manager];
  mkdirSync(folder);
  const own = { name: 'clean', private: true, type: 'module', ...manifest(packed) };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(own));
  writeFileSync(join(folder, 'program.mjs'), program);
  const [file, ...args] = command(Object.values(packed), peers);
  try {
    await execute(file, args, { cwd: folder, env });
    await execute(process.execPath, ['program.mjs'], { cwd: folder });
    return installersIn(folder).map((problem) => `${manager}: ${problem}`);
  } catch (error) {
    const said = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim().split('\n').slice(-12);
    return [`${manager}: ${error.message.split('\n')[0]}`, ...said.map((line) => `  ${line}`)];
  }
}
