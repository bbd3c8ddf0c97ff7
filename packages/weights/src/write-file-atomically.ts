import { writeBeside } from './write-beside.js';

/**
 * Writes a file beside its place, flushes it to the disk and renames it: a reader sees the old one or the new one.
 *
 * @param contents A text, bytes, or pieces of either, which are written as they come: a file may be longer than a string can be.
 * @throws the system's error if it cannot be written, and what the pieces throw; the former file is as it was then, and
 *   nothing is beside it.
 *
 * @example
 * ```ts
 * await writeFileAtomically('summary.json', JSON.stringify({ top1: 0.9 }));
 * ```
 */
export async function writeFileAtomically(
  path: string,
  contents: string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const pieces = typeof contents === 'string' || contents instanceof Uint8Array ? [contents] : contents;
  await writeBeside(path, async (append) => {
    for await (const piece of pieces) await append(typeof piece === 'string' ? Buffer.from(piece) : piece);
  });
}
