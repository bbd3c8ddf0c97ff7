import type { Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { endianness } from 'node:os';
import { compareSum, startSum } from './checksum.js';
import { decodeHeader } from './decode-header.js';
import { dtypes, type StoredDtype, type StoredTensor } from './dtype.js';
import { type Header, longestHeader } from './header.js';
import { openFile } from './open-file.js';
import { SafetensorsError } from './safetensors-error.js';

/** An open file whose header was read and found right. */
export interface SafetensorsSource {
  readonly header: Header;
  /** Bytes `begin` to `end` behind the header, in a buffer of their own; added to `sum`, if there is one. */
  read(begin: number, end: number, sum?: Hash): Promise<ArrayBuffer>;
  /**
   * Compares the checksum of a file that has one: `rest` adds all bytes behind the header to the sum it is handed.
   *
   * @throws SafetensorsError if the sum is not the one that the file names.
   */
  compare(rest: (sum: Hash | undefined) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** The most bytes read, and added to the checksum, at once. */
const piece = 1 << 24;

function allocate(length: number, path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (error) {
    throw new RangeError(
      `Cannot hold ${length} bytes of ${path} at once (${(error as Error).message}): openSafetensors reads parts of it`,
    );
  }
}

async function readBytes(
  file: FileHandle,
  begin: number,
  end: number,
  path: string,
  sum?: Hash,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = allocate(end - begin, path);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, Math.min(piece, bytes.length - at), begin + at);
    if (bytesRead === 0) {
      throw new SafetensorsError(path, `it ended at byte ${begin + at} while bytes up to ${end} were read`);
    }
    sum?.update(bytes.subarray(at, at + bytesRead));
    at += bytesRead;
  }
  return bytes;
}

async function headerLength(file: FileHandle, size: number, path: string): Promise<number> {
  if (size < 8) throw new SafetensorsError(path, `it should begin with the header's length in 8 bytes, it has ${size}`);
  const length = new DataView((await readBytes(file, 0, 8, path)).buffer).getBigUint64(0, true);
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

async function sourceOf(file: FileHandle, path: string): Promise<SafetensorsSource> {
  const { size } = await file.stat();
  const dataAt = 8 + (await headerLength(file, size, path));
  const start = await readBytes(file, 0, dataAt, path);
  const header = decodeHeader(start.subarray(8), size - dataAt, path);
  const { checksum } = header;
  return {
    header,
    read: async (begin, end, sum) => (await readBytes(file, dataAt + begin, dataAt + end, path, sum)).buffer,
    async compare(rest) {
      const sum = checksum && startSum(start, checksum);
      await rest(sum);
      if (sum) compareSum(sum, checksum, path);
    },
    close: () => file.close(),
  };
}

/** Opens a file and checks its header against the file's size. */
export async function openSource(path: string): Promise<SafetensorsSource> {
  if (endianness() !== 'LE') throw new Error('Safetensors are read on little-endian machines only');
  const file = await openFile(path);
  try {
    return await sourceOf(file, path);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A tensor of bytes as the file has them. */
export function storedTensor(dtype: StoredDtype, shape: readonly number[], bytes: ArrayBuffer): StoredTensor {
  return { dtype, shape, data: new dtypes[dtype].array(bytes) } as StoredTensor;
}
