import { constants, createGunzip } from 'node:zlib';
import { DataFileError } from './data-file-error.js';

/** An IDX file of unsigned bytes: the sizes of its dimensions and its items, row-major. */
export interface IdxFile {
  readonly sizes: readonly number[];
  readonly items: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;
const hex = (n: number, digits: number) => `0x${n.toString(16).padStart(digits, '0')}`;

/**
 * Reads an IDX file of unsigned bytes, plain or gzipped (told apart by content, not by name).
 *
 * Checked: magic number, number of dimensions, and that the items are exactly as long as the header says. Nothing is
 * allocated by a number in the file; decompression stops at the length that the header announces.
 *
 * @param file The file's name, for errors.
 * @param ranks The numbers of dimensions that are welcome, such as `[3, 4]` for images.
 * @throws DataFileError that says where the file is not as expected.
 */
export async function readIdxFile(file: string, bytes: Uint8Array, ranks: readonly number[]): Promise<IdxFile> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let header: { sizes: number[]; bytes: number; total: number } | undefined;
  const take = (chunk: Uint8Array) => {
    chunks.push(chunk);
    length += chunk.length;
    header ??= parseHeader(file, chunks.length === 1 ? chunk : Buffer.concat(chunks), ranks);
    if (header && length > header.total) {
      throw new DataFileError({
        file,
        offset: header.total,
        expected: `the end of the file, after ${describe(header.sizes)}`,
        found: 'more bytes',
      });
    }
  };
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) await decompress(file, bytes, take, () => length);
  else take(bytes);

  if (!header) throw new DataFileError({ file, offset: length, expected: 'the header of an IDX file', found: END });
  if (length < header.total) {
    const expected = `${describe(header.sizes)}, ${header.total} bytes with the header`;
    throw new DataFileError({ file, offset: length, expected, found: END });
  }
  const whole = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  return { sizes: header.sizes, items: whole.subarray(header.bytes) };
}

const END = 'the end of the file';
const describe = (sizes: readonly number[]) =>
  `${sizes[0]} items${sizes.length > 1 ? ` of ${sizes.slice(1).join(' x ')}` : ''}`;

/** The header, or undefined as long as its bytes are not there yet. */
function parseHeader(file: string, bytes: Uint8Array, ranks: readonly number[]) {
  if (bytes.length < 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  const rank = bytes[3]!;
  if (magic >>> 8 !== UNSIGNED_BYTE || !ranks.includes(rank)) {
    throw new DataFileError({
      file,
      offset: 0,
      expected: `magic number ${ranks.map((r) => hex((UNSIGNED_BYTE << 8) | r, 8)).join(' or ')} (IDX, unsigned bytes, ${ranks.join(' or ')} dimensions)`,
      found: hex(magic, 8),
    });
  }
  const headerBytes = 4 + 4 * rank;
  if (bytes.length < headerBytes) return undefined;
  const sizes = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const empty = sizes.indexOf(0);
  if (empty >= 0) {
    throw new DataFileError({ file, offset: 4 + 4 * empty, expected: 'a size of at least 1', found: 'size 0' });
  }
  return { sizes, bytes: headerBytes, total: sizes.reduce((product, size) => product * size, 1) + headerBytes };
}

async function decompress(
  file: string,
  bytes: Uint8Array,
  take: (chunk: Uint8Array) => void,
  offset: () => number,
): Promise<void> {
  const gunzip = createGunzip({ finishFlush: constants.Z_FINISH });
  gunzip.end(bytes);
  try {
    for await (const chunk of gunzip) take(chunk as Uint8Array);
  } catch (error) {
    if (error instanceof DataFileError) throw error;
    const found = `a damaged gzip stream (${(error as Error).message})`;
    throw new DataFileError({ file, offset: offset(), expected: 'gzipped data', found }, { cause: error });
  }
}
