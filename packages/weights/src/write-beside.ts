import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Adds bytes to the end of the file that is being written. */
export type Append = (bytes: Uint8Array) => Promise<void>;

/** Writes bytes over those that begin at byte `at`, which were added before. */
export type Overwrite = (bytes: Uint8Array, at: number) => Promise<void>;

/** The largest piece handed to one system call, which takes less than 2 GiB. */
const piece = 1 << 30;

async function writeAt(file: FileHandle, bytes: Uint8Array, place: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, Math.min(piece, bytes.length - at), place + at);
    at += bytesWritten;
  }
}

/** The system does not say which file it could not write to. */
function named(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const { code, errno, syscall } = error as NodeJS.ErrnoException;
  return Object.assign(new Error(`Cannot write ${path}: ${error.message}`, { cause: error }), { code, errno, syscall });
}

/** Makes the rename itself survive a power cut, where the system lets a folder be synced. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

/**
 * Writes a file beside its place, piece by piece, syncs it to the disk and renames it.
 *
 * `path` holds either its former content or all of the new; if `write` throws, nothing is left beside it.
 *
 * @param write adds the file's bytes from its beginning on; they may change once a call's promise has settled.
 * @throws what `write` throws; the system's error, with the name of the file before its message.
 */
export async function writeBeside(
  path: string,
  write: (append: Append, overwrite: Overwrite) => Promise<void>,
): Promise<void> {
  const beside = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(beside, 'wx');
    try {
      let end = 0;
      const append = async (bytes: Uint8Array) => {
        await writeAt(file, bytes, end);
        end += bytes.length;
      };
      await write(append, (bytes, at) => writeAt(file, bytes, at));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw named(error, path);
  }
  await syncFolder(dirname(path));
}
