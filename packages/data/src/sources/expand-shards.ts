import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** More shards than any data set has. */
const MOST_SHARDS = 1_000_000;

/**
 * The archives meant by a path: the file itself, the `.tar` files of a folder, sorted by name, or those of a pattern
 * such as `train-{0000..0146}.tar`.
 *
 * @throws RangeError (the promise rejects) if a pattern counts down or too far; Error if a folder has no archive.
 */
export async function expandShards(path: string): Promise<string[]> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!info) return expandPattern(path, path);
  if (!info.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => name.endsWith('.tar') && !name.startsWith('.'));
  if (names.length === 0) throw new Error(`Cannot list shards: the folder ${path} has no file that ends in .tar`);
  return names.sort().map((name) => join(path, name));
}

function expandPattern(pattern: string, whole: string): string[] {
  const braces = /\{(\d+)\.\.(\d+)\}/.exec(pattern);
  if (!braces) return [pattern];
  const [text, first, last] = braces as unknown as [string, string, string];
  const count = Number(last) - Number(first) + 1;
  if (!(count >= 1 && count <= MOST_SHARDS)) {
    throw new RangeError(
      `Cannot list the shards ${whole}: ${text} must count upwards, to at most ${MOST_SHARDS} files`,
    );
  }
  const before = pattern.slice(0, braces.index);
  const after = expandPattern(pattern.slice(braces.index + text.length), whole);
  if (after.length * count > MOST_SHARDS) {
    throw new RangeError(`Cannot list the shards ${whole}: they are more than ${MOST_SHARDS} files`);
  }
  return Array.from({ length: count }, (_, i) => String(Number(first) + i).padStart(first.length, '0')).flatMap(
    (number) => after.map((rest) => before + number + rest),
  );
}
