import { existsSync } from 'node:fs';
import { join } from 'node:path';

const { platform } = process;

/** What this platform calls version 2 of a library. */
const fileName = (name: string) => (platform === 'darwin' ? `lib${name}.2.dylib` : `lib${name}.so.2`);

/**
 * The files of TensorFlow's C API, in the order they are loaded in, the second needing the first: as Python's wheels
 * have them.
 */
export const libraryFiles = [fileName('tensorflow_framework'), fileName('tensorflow_cc')] as const;

/** The second file's other name, in TensorFlow's own C library and in what tfjs-node has fetched. */
export const plainLibraryFile = fileName('tensorflow');

/** The paths of TensorFlow's two files in a folder, in the order they are loaded in; null if one is not there. */
export function libraryPaths(folder: string): readonly [framework: string, api: string] | null {
  const [framework, ...apis] = [...libraryFiles, plainLibraryFile].map((file) => join(folder, file));
  const api = apis.find((path) => existsSync(path));
  return framework !== undefined && api !== undefined && existsSync(framework) ? [framework, api] : null;
}

/** Does the folder hold all of TensorFlow's library? */
export const holdsLibrary = (folder: string): boolean => libraryPaths(folder) !== null;
