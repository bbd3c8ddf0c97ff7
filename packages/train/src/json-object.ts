import { readFile, stat } from 'node:fs/promises';

export type Json = Readonly<Record<string, unknown>>;

/** A file that is longer is none of a run's small ones. */
const SMALL = 2 ** 24;

/** The object in a small JSON file; null if there is none, or it is damaged. */
export async function jsonObject(path: string): Promise<Json | null> {
  try {
    if ((await stat(path)).size > SMALL) return null;
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
  } catch {
    return null;
  }
}
