import { open, rename, rm } from 'node:fs/promises';

/** Writes a file beside its place, flushes it to the disk and renames it: a reader sees the old one or the new one. */
export async function writeFileAtomically(path: string, contents: string | Uint8Array): Promise<void> {
  const beside = `${path}.${process.pid}.part`;
  try {
    const file = await open(beside, 'w');
    try {
      await file.writeFile(contents);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
