import { type Checksum, meaning, withoutChecksum, zeros } from './checksum.js';
import { dtypeRank, dtypes, type StoredDtype, sizeOf } from './dtype.js';

/** Where one tensor stands in a file. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  /** First byte and the byte after the last, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** What a file's header says. */
export interface Header {
  /** In the order of their bytes. */
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Record<string, string>;
  readonly checksum?: Checksum;
}

/** The longest header the format allows, in bytes. */
export const longestHeader = 100_000_000;

/** The most dimensions of a tensor, those of PyTorch and NumPy. */
export const mostDimensions = 64;

/** Not even dimensions that a 0 beside them makes void may go beyond what can be counted. */
export function isCountable(shape: readonly number[], width: number): boolean {
  return shape.reduce((size, dimension) => size * (dimension || 1), width) <= Number.MAX_SAFE_INTEGER;
}

const byDtypeThenName = (a: Omit<HeaderEntry, 'begin' | 'end'>, b: Omit<HeaderEntry, 'begin' | 'end'>) =>
  dtypeRank.get(b.dtype)! - dtypeRank.get(a.dtype)! || (a.name < b.name ? -1 : 1);

/** Gives each tensor its place: wide dtypes first, so that every tensor is aligned to its own width, then by name. */
export function layOut(tensors: readonly Omit<HeaderEntry, 'begin' | 'end'>[]): HeaderEntry[] {
  let begin = 0;
  return [...tensors].sort(byDtypeThenName).map((tensor) => {
    const end = begin + sizeOf(tensor.shape) * dtypes[tensor.dtype].bytes;
    const entry = { ...tensor, begin, end };
    begin = end;
    return entry;
  });
}

const object = (fields: readonly (readonly [string, unknown])[]) =>
  `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;

/** The byte of a file at which the digits of its checksum begin: they are the first thing in the header that we write. */
export const checksumAt = 8 + '{"__metadata__":{"sha256":"'.length;

/**
 * The first bytes of a file: the header's length (64-bit little-endian), then the header as JSON, padded with spaces to a
 * multiple of 8. With a checksum its place, at {@link checksumAt}, holds zeros.
 */
export function encodeHeader({ entries, metadata }: Omit<Header, 'checksum'>, hasChecksum: boolean): Uint8Array {
  // Field by field, because an object would move names that look like numbers to its front.
  const tensors = entries.map(
    ({ name, dtype, shape, begin, end }) =>
      `${JSON.stringify(name)}:${JSON.stringify({ dtype: dtypes[dtype].code, shape, data_offsets: [begin, end] })}`,
  );
  const strings = withoutChecksum(metadata);
  const taken = hasChecksum && strings.find(([key]) => key === 'sha256' || key === 'sha256_of');
  if (taken) {
    throw new TypeError(
      `Metadata "${taken[0]}" cannot be "${taken[1]}" in a file with a checksum, which has that name`,
    );
  }
  if (hasChecksum) strings.unshift(['sha256', zeros], ['sha256_of', meaning]);
  const fields = strings.length > 0 ? [`"__metadata__":${object(strings)}`, ...tensors] : tensors;
  const text = Buffer.from(`{${fields.join(',')}}`, 'utf8');
  const length = Math.ceil(text.length / 8) * 8;
  if (length > longestHeader) {
    throw new RangeError(
      `Cannot write ${entries.length} tensors: names, shapes and metadata take ${length} bytes, a header has at most ${longestHeader}`,
    );
  }
  const bytes = Buffer.alloc(8 + length, ' ');
  bytes.writeBigUInt64LE(BigInt(length));
  bytes.set(text, 8);
  return bytes;
}
