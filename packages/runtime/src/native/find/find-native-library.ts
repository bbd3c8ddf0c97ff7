import { NativeLibraryError } from '../library-error.js';
import { type FindOptions, type LibraryCandidate, type LibrarySource, libraryCandidates } from './candidates.js';
import { libraryFiles } from './library-files.js';

/** A library that can be loaded, and how it was found. */
export interface FoundLibrary {
  readonly folder: string;
  readonly source: LibrarySource;
  /** What was looked at: the folder, the Python, the package. */
  readonly place: string;
}

/** The candidate as a found library, if it can be used. */
export function usable({ folder, source, place, problem }: LibraryCandidate): FoundLibrary | undefined {
  return folder === undefined || problem !== undefined ? undefined : { folder, source, place };
}

/**
 * Looks for TensorFlow's library and stops at the first that can be used: at a given path, then in every Python on PATH
 * (its `tensorflow` or `tensorflow-cpu`, from 2.16, which is not imported; the active virtual environment first), then in
 * the user's cache, then in an installed `@tensorflow/tfjs-node-gpu` or `@tensorflow/tfjs-node`; null if there is none.
 *
 * @throws NativeLibraryError if a path was given and holds no library.
 *
 * @example
 * ```ts
 * const found = findNativeLibrary();
 * console.log(found ? `${found.folder} (${found.source})` : 'no TensorFlow');
 * ```
 */
export function findNativeLibrary(options: FindOptions = {}): FoundLibrary | null {
  for (const candidate of libraryCandidates(options)) {
    const found = usable(candidate);
    if (found !== undefined) return found;
    if (candidate.source === 'path') {
      throw new NativeLibraryError(
        'missing',
        `${candidate.place} is ${candidate.folder}, which does not hold ${libraryFiles.join(' and ')}: name the 'tensorflow' folder of an unpacked wheel`,
      );
    }
  }
  return null;
}
