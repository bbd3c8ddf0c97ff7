import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { holdsLibrary, libraryFiles } from '../find/library-files.js';
import { NativeLibraryError } from '../library-error.js';
import { checkSum } from './check-sum.js';
import { fetchWheel } from './fetch-wheel.js';
import type { InstallProgress } from './install-progress.js';
import { claimPart, leftParts } from './part-file.js';
import type { PinnedWheel } from './pinned-wheel.js';
import { readZip, unpackEntry } from './read-zip.js';

interface InstallWheelOptions {
  /** A wheel that is there already. */
  wheel?: string;
  onProgress: (progress: InstallProgress) => void;
  signal?: AbortSignal;
  /** See `fetchResumable`. */
  pause?: number;
}

/** What is unpacked, beside the libraries. */
const licences = ['THIRD_PARTY_NOTICES.txt', 'include/LICENSE'];

/**
 * Fetches a wheel unless it is there, checks it, and unpacks its libraries into a folder: beside its place, and moved there
 * when whole, so that an interrupted installation is never taken for a finished one.
 */
export async function installWheel(
  wheel: PinnedWheel,
  folder: string,
  { wheel: given, ...options }: InstallWheelOptions,
): Promise<void> {
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true });
  for (const left of await leftParts(folder)) await rm(left, { recursive: true, force: true });
  const work = claimPart(folder);
  try {
    await mkdir(work.path);
    const source = given ?? join(parent, wheel.file);
    if (given !== undefined && !existsSync(given))
      throw new NativeLibraryError('missing', `There is no wheel at ${given}`);
    if (given !== undefined) await checkSum(given, wheel);
    else if (!(await isGood(source, wheel))) await fetchWheel(wheel, source, work.path, options);
    options.onProgress({ phase: 'unpacking', received: wheel.bytes, total: wheel.bytes });
    const unpacked = join(work.path, 'unpacked');
    await unpack(source, unpacked, options.signal);
    // Another process may have come to its end first.
    if (!holdsLibrary(folder)) {
      await rm(folder, { recursive: true, force: true });
      await rename(unpacked, folder);
    }
    if (given === undefined) await rm(source, { force: true });
  } finally {
    await rm(work.path, { recursive: true, force: true });
    work.release();
  }
}

/** Has an installation that was interrupted while unpacking left the whole wheel? */
const isGood = (path: string, wheel: PinnedWheel): Promise<boolean> =>
  checkSum(path, wheel).then(
    () => true,
    () => false,
  );

async function unpack(wheel: string, folder: string, signal: AbortSignal | undefined): Promise<void> {
  await mkdir(folder);
  const entries = await readZip(wheel);
  for (const file of [...libraryFiles, ...licences]) {
    const entry = entries.find(({ name }) => name === `tensorflow/${file}`);
    if (entry === undefined) throw new NativeLibraryError('missing', `${wheel} has no tensorflow/${file}`);
    await unpackEntry(wheel, entry, join(folder, basename(file)), signal);
  }
}
