import { writeBeside } from './write-beside.js';

/**
 * Writes a file beside its place, flushes it to the disk and renames it: a reader sees the old one or the new one.
 *
 * @throws the system's error if it cannot be written; the former file is as it was then, and nothing is beside it.
 *
 * @example
 * ```ts
 * await writeFileAtomically('summary.json', JSON.stringify({ top1: 0.9 }));
 * ```
 */
export async function writeFileAtomically(path: string, contents: string | Uint8Array): Promise<void> {
  const bytes = typeof contents === 'string' ? Buffer.from(contents) : contents;
  await writeBeside(path, (append) => append(bytes));
}
