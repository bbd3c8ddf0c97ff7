import { cachedLibrary, tensorflowVersion } from '../find/cached-library.js';
import { holdsLibrary } from '../find/library-files.js';
import { NativeLibraryError } from '../library-error.js';
import { type InstallProgress, progressLines } from './install-progress.js';
import { installWheel } from './install-wheel.js';
import { pinnedWheel } from './pinned-wheel.js';

/** Options of {@link installNativeLibrary}. */
export interface InstallOptions {
  /** The folder to put the library in. Default: the one in the user's cache that `startRuntime` looks in. */
  folder?: string;
  /** A wheel that is there already, for a machine without network; it must be the very one that would be fetched. */
  wheel?: string;
  /**
   * Gets a line now and then while fetching. Default: standard error, on a terminal one line that is written over;
   * nothing if there is `onProgress`.
   */
  log?: (line: string) => void;
  /** Told how far it is, several times a second. */
  onProgress?: (progress: InstallProgress) => void;
  /** Stops the download; it goes on from there the next time. */
  signal?: AbortSignal;
}

/**
 * Fetches TensorFlow's library once into the user's cache, from where pip would take it (274 MB, 854 MB unpacked), and
 * returns the folder that holds it; if it is there already, that is all. A download that broke off goes on where it was.
 *
 * The version and the checksum are pinned. Only the libraries and their licences are unpacked, beside their place, and
 * moved there when whole, so that an interrupted installation is never taken for a finished one.
 *
 * @throws NativeLibraryError if there is none for this platform, Python or pip is missing, the download fails, or the
 * checksum is wrong.
 *
 * @example
 * ```ts
 * const folder = await installNativeLibrary();
 * ```
 */
export async function installNativeLibrary(options: InstallOptions = {}): Promise<string> {
  const { folder = cachedLibrary(), wheel, log, signal } = options;
  if (holdsLibrary(folder)) return folder;
  const pinned = pinnedWheel();
  if (pinned === undefined || isMusl()) {
    const here = `${process.platform} on ${process.arch}${isMusl() ? ' with musl' : ''}`;
    throw new NativeLibraryError(
      'platform',
      `There is no TensorFlow ${tensorflowVersion} to fetch for ${here}: only for Linux (glibc) on x64 and arm64 and for macOS on arm64`,
    );
  }
  const lines =
    options.onProgress === undefined || log !== undefined
      ? progressLines(`TensorFlow ${tensorflowVersion}`, log)
      : () => {};
  const onProgress = (progress: InstallProgress) => {
    lines(progress);
    options.onProgress?.(progress);
  };
  await installWheel(pinned, folder, { wheel, onProgress, signal });
  return folder;
}

/** TensorFlow's wheels for Linux need the GNU C library. */
function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined;
}
