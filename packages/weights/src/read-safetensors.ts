import type { StoredTensor } from './dtype.js';
import type { HeaderEntry } from './header.js';
import { openSource, storedTensor } from './safetensors-source.js';

/** What a safetensors file holds. */
export interface Safetensors {
  /** The tensors by name, in the order of their bytes. */
  readonly tensors: Record<string, StoredTensor>;
  /** The strings kept with them; empty if there are none. */
  readonly metadata: Record<string, string>;
}

/** Small tensors are read together, up to so many bytes. */
const together = 1 << 20;

/** Neighbours that are read at once. */
function* groups(entries: readonly HeaderEntry[]): Generator<[HeaderEntry, ...HeaderEntry[]]> {
  for (let from = 0, to: number; from < entries.length; from = to) {
    const first = entries[from]!;
    to = from + 1;
    while (to < entries.length && entries[to]!.end - first.begin <= together) to++;
    yield [first, ...entries.slice(from + 1, to)];
  }
}

/**
 * Reads a safetensors file and checks all of it before it returns anything.
 *
 * Refused: a file cut short or longer than its tensors, a header above 100 MB or above the file, offsets that overlap,
 * leave a gap or do not fit shape and dtype, an unknown dtype, a name given twice; and, if the file was written with a
 * checksum, any byte that is not the one written. Nothing in the file is ever run. {@link openSafetensors} reads tensors
 * one by one. Format: https://huggingface.co/docs/safetensors.
 *
 * @returns each tensor's dtype, shape and values in a typed array of its own; {@link toTensors} makes `tf.Tensor`s.
 * @throws SafetensorsError that names the file, what was expected and what was found; RangeError if a tensor is larger
 *   than an array can be; Error if `path` is no file but a folder, pipe or device; the system's error if the file cannot
 *   be read.
 *
 * @example
 * ```ts
 * const { tensors, metadata } = await readSafetensors('encoder.safetensors');
 * console.log(metadata.epoch, tensors.weight?.shape);
 * ```
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const source = await openSource(path);
  try {
    const { entries, metadata } = source.header;
    const tensors: [string, StoredTensor][] = [];
    await source.compare(async (sum) => {
      for (const group of groups(entries)) {
        const [{ begin: from }] = group;
        const bytes = await source.read(from, group.at(-1)!.end, sum);
        for (const { name, dtype, shape, begin, end } of group) {
          const own = group.length === 1 ? bytes : bytes.slice(begin - from, end - from);
          tensors.push([name, storedTensor(dtype, shape, own)]);
        }
      }
    });
    return { tensors: Object.fromEntries(tensors), metadata };
  } finally {
    await source.close();
  }
}
