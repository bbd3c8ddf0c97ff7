import type { StoredDtype, StoredTensor } from './dtype.js';
import type { HeaderEntry } from './header.js';
import { quoted } from './header-text.js';
import { openSource, storedTensor } from './safetensors-source.js';

/** An open safetensors file: the header is in memory, the values stay on the disk. */
export interface SafetensorsFile {
  /** The strings kept with the tensors; empty if there are none. */
  readonly metadata: Record<string, string>;
  /** The names of the tensors, in the order of their bytes. */
  names(): string[];
  /** @throws RangeError if there is no tensor of that name. */
  info(name: string): { readonly dtype: StoredDtype; readonly shape: readonly number[] };
  /** The values of one tensor, in an array of its own. */
  read(name: string): Promise<StoredTensor>;
  /**
   * Rows `begin` to `end` (without it) of a tensor: a slice of its first axis, of shape `[end - begin, ...]`.
   *
   * @throws RangeError if the tensor has no axis, or not these rows.
   */
  rows(name: string, begin: number, end: number): Promise<StoredTensor>;
  /**
   * Reads the whole file, in pieces, and compares its checksum.
   *
   * @returns true if it is right, false if the file has none.
   * @throws SafetensorsError if the file is not what was written.
   */
  verify(): Promise<boolean>;
  /** Closes the file, after the reads under way. */
  close(): Promise<void>;
  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The bytes that {@link SafetensorsFile.verify} holds at once. */
const piece = 1 << 20;

/**
 * Opens a safetensors file whose tensors are read one by one, or a few rows at a time: for files larger than memory.
 *
 * The whole header is checked at once against the file's size, as {@link readSafetensors} does; a checksum is compared
 * by `verify()` only. Values are streamed from the disk when asked for, by position (Node cannot map files into memory),
 * and nothing of them is kept; reads may run at the same time.
 *
 * @returns the open file, which the caller closes.
 * @throws SafetensorsError that names the file, what was expected and what was found; Error if `path` is no file but a
 *   folder, pipe or device; the system's error if the file cannot be opened.
 *
 * @example
 * ```ts
 * const file = await openSafetensors('features.safetensors');
 * const { shape } = file.info('features'); // [ 1281167, 2048 ]
 * const { data } = await file.rows('features', 0, 256);
 * await file.close();
 * ```
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const { header, read, compare, close } = await openSource(path);
  const entries = new Map(header.entries.map((entry) => [entry.name, entry]));
  let isOpen = true;
  const entryOf = (name: string): HeaderEntry => {
    const entry = entries.get(name);
    if (entry) return entry;
    const some = [...entries.keys()].slice(0, 8).map(quoted).join(', ');
    throw new RangeError(
      `${path} has no tensor ${quoted(name)}: its ${entries.size} are ${some}${entries.size > 8 ? ', …' : ''}`,
    );
  };
  const needsOpen = (what: string) => {
    if (!isOpen) throw new Error(`Cannot read ${what}: ${path} was closed`);
  };
  const closeOnce = async () => {
    isOpen = false;
    await close();
  };
  return {
    metadata: header.metadata,
    names: () => [...entries.keys()],
    info(name) {
      const { dtype, shape } = entryOf(name);
      return { dtype, shape };
    },
    async read(name) {
      const { dtype, shape, begin, end } = entryOf(name);
      needsOpen(`tensor ${quoted(name)}`);
      return storedTensor(dtype, shape, await read(begin, end));
    },
    async rows(name, first, last) {
      const { dtype, shape, begin, end } = entryOf(name);
      const [rows, ...row] = shape;
      if (rows === undefined) throw new RangeError(`Cannot read rows of tensor ${quoted(name)}: it is a scalar`);
      if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < 0 || first > last || last > rows) {
        throw new RangeError(
          `Cannot read rows ${first} to ${last} of tensor ${quoted(name)}: it has rows 0 to ${rows}`,
        );
      }
      needsOpen(`tensor ${quoted(name)}`);
      const rowBytes = rows === 0 ? 0 : (end - begin) / rows;
      const bytes = await read(begin + first * rowBytes, begin + last * rowBytes);
      return storedTensor(dtype, [last - first, ...row], bytes);
    },
    async verify() {
      needsOpen('the checksum');
      if (!header.checksum) return false;
      const length = header.entries.at(-1)?.end ?? 0;
      await compare(async (sum) => {
        for (let at = 0; at < length; at += piece) await read(at, Math.min(length, at + piece), sum);
      });
      return true;
    },
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}
