import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isRun } from './is-run.js';

/** Where {@link findRuns} looks. */
export interface FindRunsOptions {
  /** How deep to look: 1 finds `runs/hcsc`, 2 `runs/sweep/seed-1` too. Default 2. */
  depth?: number;
}

/**
 * The run folders in a folder, by path; not the folder itself, and nothing inside a run.
 *
 * Links to folders are followed; a folder that cannot be read has no runs.
 *
 * @throws the system's error if `folder` cannot be read.
 * @throws RangeError if `depth` is no integer of at least 1.
 *
 * @example
 * ```ts
 * const runs = await Promise.all((await findRuns('runs')).map(readRun));
 * ```
 */
export async function findRuns(folder: string, { depth = 2 }: FindRunsOptions = {}): Promise<string[]> {
  if (!Number.isInteger(depth) || depth < 1) {
    throw new RangeError(`Cannot look for runs ${depth} deep: give an integer of at least 1`);
  }
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const isFolder =
      entry.isDirectory() || (entry.isSymbolicLink() && (await stat(path).catch(() => null))?.isDirectory() === true);
    if (!isFolder) continue;
    if (await isRun(path)) found.push(path);
    else if (depth > 1) found.push(...(await findRuns(path, { depth: depth - 1 }).catch(() => [])));
  }
  return found.sort();
}
