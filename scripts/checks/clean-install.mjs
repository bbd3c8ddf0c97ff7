import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPacked, managers, noRegistry } from '../packed/managers.mjs';
import { pack } from '../packed/pack.mjs';
import { withWorkplace } from '../packed/workplace.mjs';
import { say } from '../setup.mjs';
import { readJson } from './workspace.mjs';

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

/**
 * Installs `@hcsc/runtime`, packed as it would be published, into an empty folder with npm and with pnpm, says which
 * installers that brings, and runs a small program there. Left out where the package is not built, and where there is no
 * registry, unless `CI` is set.
 */
export async function checkCleanInstall(root) {
  if (!existsSync(join(root, 'packages/runtime/dist/index.js'))) return leaveOut('the package is not built');
  try {
    return await withWorkplace('clean-install', async ({ folder, run }) => {
      const packed = await pack(root, folder, run, ['@hcsc/runtime']);
      const results = await Promise.all(
        managers.map((manager) => tryOut(manager, join(folder, manager), packed, peersOf(root), run)),
      );
      return results.flat();
    });
  } catch (error) {
    if (noRegistry(error) && !process.env.CI) return leaveOut('no registry can be reached');
    throw error;
  }
}

function leaveOut(why) {
  say(`  the clean install is left out: ${why}`);
  return [];
}

/** What a user of the package adds to it, in the version that it is tested with. */
function peersOf(root) {
  const { version } = readJson(join(root, 'packages/runtime/node_modules/@tensorflow/tfjs-core/package.json'));
  return Object.fromEntries(['core', 'layers', 'backend-cpu'].map((part) => [`@tensorflow/tfjs-${part}`, version]));
}

async function tryOut(manager, folder, packed, peers, run) {
  mkdirSync(folder);
  writeFileSync(join(folder, 'program.mjs'), program);
  try {
    await installPacked(manager, folder, { private: true, type: 'module', dependencies: peers }, packed, run);
    await run(process.execPath, ['program.mjs'], { cwd: folder });
    return installersIn(folder).map((problem) => `${manager}: ${problem}`);
  } catch (error) {
    if (noRegistry(error)) throw error;
    const said = (error.output ?? '').split('\n').slice(-12);
    return [`${manager}: ${error.message}`, ...said.map((line) => `  ${line}`)];
  }
}
