import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/**
 * Opens a file to be read, and nothing else: a pipe, which would be waited for, a device or a folder is refused.
 *
 * @throws Error that says so; the system's error if there is no file, or it cannot be opened.
 */
export async function openFile(path: string): Promise<FileHandle> {
  // Without O_NONBLOCK, which Windows does not have, a pipe is not opened before somebody writes to it.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if (!(await file.stat()).isFile())
      throw new Error(`Cannot read ${path}: it is no file, but a folder, pipe or device`);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
