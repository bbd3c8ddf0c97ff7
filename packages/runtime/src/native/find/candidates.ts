import { pinnedWheel } from '../install/pinned-wheel.js';
import { cachedLibrary, tensorflowVersion } from './cached-library.js';
import { holdsLibrary, libraryFiles } from './library-files.js';
import { pythonLibrary } from './python-library.js';
import { pythonsOnPath } from './pythons.js';
import { tfjsNodeLibraries } from './tfjs-node-library.js';

/** The command of `@hcsc/cli` that fills the user's cache. */
export const installCommand = 'npx hcsc runtime install';

/** How a library was found: at a path that was given, in a Python, in the user's cache, in a tfjs-node. */
export type LibrarySource = 'path' | 'python' | 'cache' | 'tfjs-node';

/** A place where TensorFlow's library may be. */
export interface LibraryCandidate {
  readonly source: LibrarySource;
  /** What was looked at: a folder, a Python, a package. */
  readonly place: string;
  /** The folder of the library, as far as there is one. */
  readonly folder?: string;
  /** TensorFlow's version, where it is known without loading it. */
  readonly version?: string;
  /** Why it is of no use; undefined if it can be used. */
  readonly problem?: string;
  /** The command that mends it, where there is one. */
  readonly remedy?: string;
}

/** Options of {@link findNativeLibrary}. */
export interface FindOptions {
  /** The folder that holds the library; the environment variable `HCSC_TENSORFLOW` says the same. */
  libraryPath?: string;
  /** The environment to look in. Default `process.env`. */
  environment?: NodeJS.ProcessEnv;
}

/**
 * The places where TensorFlow's library may be, in the order of preference, each looked at when it is asked for. A path
 * that was given is the only one.
 */
export function* libraryCandidates({
  libraryPath,
  environment = process.env,
}: FindOptions = {}): Generator<LibraryCandidate> {
  const given = libraryPath ?? (environment.HCSC_TENSORFLOW || undefined);
  if (given !== undefined) {
    const name = libraryPath === undefined ? 'HCSC_TENSORFLOW' : 'libraryPath';
    const problem = holdsLibrary(given) ? undefined : `does not hold ${libraryFiles.join(' and ')}`;
    const remedy = problem && libraryPath === undefined ? 'unset HCSC_TENSORFLOW' : undefined;
    yield { source: 'path', place: name, folder: given, problem, remedy };
    return;
  }
  for (const python of pythonsOnPath(environment)) {
    yield { source: 'python', place: python, ...pythonLibrary(python, environment) };
  }
  const cached = cachedLibrary(environment);
  yield {
    source: 'cache',
    place: cached,
    folder: cached,
    version: tensorflowVersion,
    ...(!holdsLibrary(cached) && { problem: 'is not there', remedy: pinnedWheel() && installCommand }),
  };
  for (const { name, ...found } of tfjsNodeLibraries()) yield { source: 'tfjs-node', place: name, ...found };
}
