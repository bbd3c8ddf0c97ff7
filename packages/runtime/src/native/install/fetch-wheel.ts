import { copyFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NativeLibraryError } from '../library-error.js';
import { checkSum } from './check-sum.js';
import { fetchResumable } from './fetch-resumable.js';
import type { InstallProgress } from './install-progress.js';
import { adoptPart, sizeOf } from './part-file.js';
import type { PinnedWheel } from './pinned-wheel.js';
import { pipDownload, pythonWithPip, wheelAddress } from './pip.js';

interface FetchWheelOptions {
  onProgress: (progress: InstallProgress) => void;
  signal?: AbortSignal;
  /** See `fetchResumable`. */
  pause?: number;
}

/**
 * Fetches a wheel to a path: from where pip would take it, going on after what an interrupted download has left; through
 * pip itself where that cannot be (an index that wants a password, a proxy, an old pip).
 *
 * @param work An empty folder that may be used.
 */
export async function fetchWheel(
  wheel: PinnedWheel,
  path: string,
  work: string,
  { onProgress, signal, pause }: FetchWheelOptions,
): Promise<void> {
  const python = await pythonWithPip();
  const part = await adoptPart(path);
  const onReceived = (received: number) => onProgress({ phase: 'fetching', received, total: wheel.bytes });
  try {
    for (const again of [true, false]) {
      const before = await sizeOf(part.path);
      onReceived(before);
      if (before !== wheel.bytes) {
        const address = await wheelAddress(python, wheel, work, signal);
        const fetched =
          address !== undefined &&
          (await fetchFrom(address, wheel, part.path, { onProgress: onReceived, signal, pause }));
        if (!fetched) await fetchByPip(python, wheel, work, part.path, onReceived, signal);
      }
      try {
        await checkSum(part.path, wheel);
        break;
      } catch (error) {
        await rm(part.path);
        // What was gone on from may have been the wrong part.
        if (before === 0 || !again) throw error;
      }
    }
    await rename(part.path, path);
  } finally {
    part.release();
  }
}

/** Fetches from an address; false if that brought nothing at all, so that another way is worth a try. */
async function fetchFrom(
  address: URL,
  wheel: PinnedWheel,
  path: string,
  options: { onProgress: (received: number) => void; signal?: AbortSignal; pause?: number },
): Promise<boolean> {
  if (address.protocol === 'file:') {
    await copyFile(fileURLToPath(address), path);
    return true;
  }
  // Node fetches past a proxy, and pip does not tell passwords.
  if (usesProxy(process.env) || address.username || address.password) return false;
  try {
    await fetchResumable(address, path, wheel.bytes, options);
    return true;
  } catch (error) {
    if (options.signal?.aborted) throw error;
    const received = await sizeOf(path);
    if (received === 0) return false;
    const megabytes = (bytes: number) => Math.round(bytes / 1e6);
    throw new NativeLibraryError(
      'download',
      `The download of ${wheel.file} broke off after ${megabytes(received)} of ${megabytes(wheel.bytes)} MB and will go on from there the next time: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

const usesProxy = (environment: NodeJS.ProcessEnv): boolean =>
  ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY', 'PIP_PROXY'].some(
    (name) => environment[name],
  );

async function fetchByPip(
  python: string,
  wheel: PinnedWheel,
  work: string,
  path: string,
  onReceived: (received: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const timer = setInterval(async () => onReceived(await largestFile(work)), 1000);
  try {
    await pipDownload(python, wheel, work, signal);
  } finally {
    clearInterval(timer);
  }
  await rename(join(work, wheel.file), path);
  onReceived(wheel.bytes);
}

async function largestFile(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return Math.max(0, ...(await Promise.all(names.map((name) => sizeOf(join(folder, name))))));
}
