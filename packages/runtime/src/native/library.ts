import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { libraryFiles } from './c-api.js';
import { NativeLibraryError } from './library-error.js';

/** The version of TensorFlow that `installNativeLibrary` fetches. */
export const tensorflowVersion = '2.21.0';

/** Where a library was found: at a path that was given, in a Python installation, in the user's cache. */
export interface FoundLibrary {
  readonly folder: string;
  readonly source: 'path' | 'python' | 'cache';
}

/** Options of {@link findNativeLibrary}. */
export interface FindOptions {
  /** The folder that holds the library; the environment variable `HCSC_TENSORFLOW` says the same. */
  libraryPath?: string;
  /** The environment to look in. Default `process.env`. */
  environment?: NodeJS.ProcessEnv;
}

/**
 * Looks for TensorFlow's library: at a given path, then in the Python on PATH (its `tensorflow` or `tensorflow-cpu`,
 * from 2.16, which is not imported), then in the user's cache; null if there is none.
 *
 * @throws NativeLibraryError if a path was given and holds no library.
 *
 * @example
 * ```ts
 * const found = findNativeLibrary();
 * console.log(found ? `${found.folder} (${found.source})` : 'no TensorFlow');
 * ```
 */
export function findNativeLibrary({ libraryPath, environment = process.env }: FindOptions = {}): FoundLibrary | null {
  const given = libraryPath ?? (environment.HCSC_TENSORFLOW || undefined);
  if (given !== undefined) {
    if (!holdsLibrary(given)) {
      const name = libraryPath === undefined ? 'HCSC_TENSORFLOW' : 'libraryPath';
      throw new NativeLibraryError(
        'missing',
        `${name} is ${given}, which does not hold ${libraryFiles.join(' and ')}: name the 'tensorflow' folder of an unpacked wheel`,
      );
    }
    return { folder: given, source: 'path' };
  }
  const folder = folderInPython(environment);
  if (folder !== null) return { folder, source: 'python' };
  const cached = cachedLibrary(environment);
  return holdsLibrary(cached) ? { folder: cached, source: 'cache' } : null;
}

/** Does the folder hold all of TensorFlow's library? */
export function holdsLibrary(folder: string): boolean {
  return libraryFiles.every((file) => existsSync(join(folder, file)));
}

/** The folder in the user's cache that the library is kept in. */
export function cachedLibrary(environment: NodeJS.ProcessEnv = process.env): string {
  const cache = environment.XDG_CACHE_HOME || join(environment.HOME || homedir(), '.cache');
  return join(cache, 'hcsc', `tensorflow-${tensorflowVersion}`);
}

/** Prints the version of Python's tensorflow package and its folder, without importing it. */
const askPython = `
import importlib.util as util
spec = util.find_spec('tensorflow')
if spec and spec.submodule_search_locations:
    import importlib.metadata as metadata
    version = '?'
    for name in ('tensorflow', 'tensorflow-cpu', 'tf-nightly'):
        try:
            version = metadata.version(name)
            break
        except metadata.PackageNotFoundError:
            pass
    print(version, spec.submodule_search_locations[0])
`;

/** The folder of the tensorflow package that `python3`, or where there is none `python`, would import. */
function folderInPython(environment: NodeJS.ProcessEnv): string | null {
  for (const python of ['python3', 'python']) {
    const { status, stdout } = spawnSync(python, ['-c', askPython], {
      env: environment,
      encoding: 'utf8',
      timeout: 20_000,
    });
    if (status !== 0) continue;
    const [, version, folder] = /^(\S+) (.+)$/m.exec(stdout) ?? [];
    return version !== undefined && folder !== undefined && isRecent(version) && holdsLibrary(folder) ? folder : null;
  }
  return null;
}

/** TensorFlow 2.16 or newer; a version nobody knows is given a try. */
function isRecent(version: string): boolean {
  const [major, minor] = version.split('.').map(Number) as [number, number];
  return !(major < 2 || (major === 2 && minor < 16));
}
