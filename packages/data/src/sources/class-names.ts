import { readFile, stat } from 'node:fs/promises';
import { DataFileError } from './data-file-error.js';

/** Far more than any list of names that comes with a data set. */
const MOST_BYTES = 1 << 20;

/**
 * The class names in a text file that comes with a data set, one a line, or the built-in ones if it is not there.
 *
 * @throws DataFileError (the promise rejects) if the file has another number of names.
 */
export async function classNames(path: string, builtIn: readonly string[]): Promise<readonly string[]> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!info) return builtIn;
  const expected = `${builtIn.length} class names, one a line`;
  if (!info.isFile() || info.size > MOST_BYTES) {
    const found = info.isFile() ? `${info.size} bytes` : 'no regular file';
    throw new DataFileError({ file: path, offset: 0, expected, found });
  }
  const names = (await readFile(path, 'utf8'))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (names.length === builtIn.length) return names;
  throw new DataFileError({ file: path, offset: 0, expected, found: `${names.length} names` });
}
