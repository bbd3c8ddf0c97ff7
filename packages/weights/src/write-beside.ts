import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Adds bytes to the end of the file that is being written. */
export type Append = (bytes: Uint8Array) => Promise<void>;

/** The largest piece handed to one system call, which takes less than 2 GiB. */
const piece = 1 << 30;

async function append(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, Math.min(piece, bytes.length - at));
    at += bytesWritten;
  }
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
 */
export async function writeBeside(path: string, write: (append: Append) => Promise<void>): Promise<void> {
  const beside = `${path}.${randomUUID()}.tmp`;
  const file = await open(beside, 'wx');
  try {
    try {
      await write((bytes) => append(file, bytes));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}
