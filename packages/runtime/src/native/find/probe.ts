import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { cApiFunctions, loadFlags } from '../c-api.js';
import { cudaLibraries } from './cuda-libraries.js';
import { libraryPaths } from './library-files.js';

/** What loading a library in a process of its own has shown. */
export interface LibraryProbe {
  /** TensorFlow's own version. */
  readonly version?: string;
  readonly devices?: readonly { readonly name: string; readonly type: string }[];
  /** Instructions that TensorFlow says it uses on this processor, for example `AVX2`. */
  readonly instructions?: readonly string[];
  /** Why it cannot be used; undefined if it can. */
  readonly problem?: string;
}

/** Loads the libraries, looks for every function, asks for version and devices; prints JSON on file descriptor 3. */
const script = `
const { koffi: path, flags, preload, libraries, functions } = JSON.parse(process.argv[1]);
const koffi = require(path);
const done = (found) => require('node:fs').writeSync(3, JSON.stringify(found));
const dlopen = koffi.load(null).func('dlopen', 'int64_t', ['const char *', 'int']);
if (preload.length > 0 && dlopen('libcuda.so.1', flags) !== 0) for (const path of preload) dlopen(path, flags);
let loaded;
try {
  loaded = libraries.map((path) => (dlopen(path, flags), koffi.load(path, { global: true, lazy: true })));
} catch (error) {
  done({ problem: error.message });
  process.exit();
}
const find = (name, result = 'void', ...parameters) => {
  for (const library of loaded) {
    try { return library.func(name, result, parameters); } catch {}
  }
};
const missing = functions.filter((name) => !find(name));
const version = find('TF_Version', 'const char *')?.();
if (missing.length > 0) {
  done({ version, problem: 'it lacks ' + missing.slice(0, 3).join(', ') + (missing.length > 3 ? ', …' : '') });
  process.exit();
}
const p = 'int64_t';
const status = find('TF_NewStatus', p)();
const check = () => {
  if (find('TF_GetCode', 'int', p)(status) === 0) return;
  done({ version, problem: find('TF_Message', 'const char *', p)(status) });
  process.exit();
};
const context = find('TFE_NewContext', p, p, p)(find('TFE_NewContextOptions', p)(), status);
check();
const list = find('TFE_ContextListDevices', p, p, p)(context, status);
check();
const about = (name, i) => find(name, 'const char *', p, 'int', p)(list, i, status);
const devices = Array.from({ length: find('TF_DeviceListCount', 'int', p)(list) }, (_, i) => ({
  name: about('TF_DeviceListName', i), type: about('TF_DeviceListType', i),
}));
done({ version, devices });
process.kill(process.pid, 'SIGKILL');
`;

/**
 * Loads the library of a folder in a process of its own, where a library that is broken, too old, or made for another
 * processor does no harm, and says what it is. Takes a second or two.
 */
export function probeLibrary(folder: string): LibraryProbe {
  const libraries = libraryPaths(folder);
  if (libraries === null) return { problem: 'it is not there' };
  let koffi: string;
  try {
    koffi = createRequire(import.meta.url).resolve('koffi');
  } catch {
    return { problem: 'koffi, which loads it, is not installed' };
  }
  const task = { koffi, flags: loadFlags, preload: cudaLibraries(folder), libraries, functions: cApiFunctions };
  const { output, signal, error } = spawnSync(process.execPath, ['-e', script, JSON.stringify(task)], {
    // Its notes at level 0 name the processor's instructions.
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '0', NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: 120_000,
  });
  const [, , log = '', found] = output ?? [];
  if (!found) return { problem: howItEnded(signal, error, log ?? '') };
  const named = /following instructions: ([A-Z0-9_. ]+),/.exec(log ?? '')?.[1];
  return { ...(JSON.parse(found) as LibraryProbe), instructions: named?.trim().split(/\s+/) };
}

function howItEnded(signal: NodeJS.Signals | null, error: Error | undefined, log: string): string {
  if (signal === 'SIGILL') return 'this processor lacks instructions it was compiled for';
  if (error !== undefined) return error.message;
  const last = log.trim().split('\n').at(-1);
  return `loading it ended the process${signal ? ` by ${signal}` : ''}${last ? `: ${last}` : ''}`;
}
