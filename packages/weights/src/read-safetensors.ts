import type { Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { endianness } from 'node:os';
import { compareSum, startSum } from './checksum.js';
import { dtypes, type StoredTensor } from './dtype.js';
import { decodeHeader, type HeaderEntry, longestHeader } from './header.js';
import { SafetensorsError } from './safetensors-error.js';

/** What a safetensors file holds. */
export interface Safetensors {
  /** The tensors by name, in the order of their bytes. */
  readonly tensors: Record<string, StoredTensor>;
  /** The strings kept with them; empty if there are none. */
  readonly metadata: Record<string, string>;
}

/** The most bytes read, and added to the checksum, at once. */
const piece = 1 << 24;

async function readBytes(
  file: FileHandle,
  begin: number,
  length: number,
  path: string,
  sum?: Hash,
): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, Math.min(piece, length - at), begin + at);
    if (bytesRead === 0) {
      throw new SafetensorsError(path, `it ended at byte ${begin + at} while bytes up to ${begin + length} were read`);
    }
    sum?.update(bytes.subarray(at, at + bytesRead));
    at += bytesRead;
  }
  return bytes.buffer;
}

async function headerLength(file: FileHandle, size: number, path: string): Promise<number> {
  if (size < 8) throw new SafetensorsError(path, `it should begin with the header's length in 8 bytes, it has ${size}`);
  const length = new DataView(await readBytes(file, 0, 8, path)).getBigUint64(0, true);
  if (length > longestHeader) {
    throw new SafetensorsError(path, `a header has at most ${longestHeader} bytes, this one claims ${length}`);
  }
  if (length > size - 8) {
    throw new SafetensorsError(
      path,
      `it is cut short: its header needs ${length} bytes, ${size - 8} follow its length`,
    );
  }
  return Number(length);
}

/**
 * Reads a safetensors file and checks all of it before it returns anything.
 *
 * Refused: a file cut short or longer than its tensors, a header above 100 MB or above the file, offsets that overlap,
 * leave a gap or do not fit shape and dtype, an unknown dtype, a name given twice; and, if the file was written with a
 * checksum, any byte that is not the one written. Nothing in the file is ever run.
 * Format: https://huggingface.co/docs/safetensors.
 *
 * @returns each tensor's dtype, shape and values in a typed array of its own; {@link toTensors} makes `tf.Tensor`s.
 * @throws SafetensorsError that names the file, what was expected and what was found; the system's error if the file
 *   cannot be read.
 *
 * @example
 * ```ts
 * const { tensors, metadata } = await readSafetensors('encoder.safetensors');
 * console.log(metadata.epoch, tensors.weight?.shape);
 * ```
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  if (endianness() !== 'LE') throw new Error('Safetensors are read on little-endian machines only');
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const length = await headerLength(file, size, path);
    const dataAt = 8 + length;
    const start = new Uint8Array(await readBytes(file, 0, dataAt, path));
    const { entries, metadata, checksum } = decodeHeader(start.subarray(8), size - dataAt, path);
    const sum = checksum && startSum(start, checksum);
    const read = async ({ name, dtype, shape, begin, end }: HeaderEntry) => {
      const data = new dtypes[dtype].array(await readBytes(file, dataAt + begin, end - begin, path, sum));
      return [name, { dtype, shape, data } as StoredTensor] as const;
    };
    const tensors: (readonly [string, StoredTensor])[] = [];
    for (const entry of entries) tensors.push(await read(entry));
    if (sum) compareSum(sum, checksum, path);
    return { tensors: Object.fromEntries(tensors), metadata };
  } finally {
    await file.close();
  }
}
