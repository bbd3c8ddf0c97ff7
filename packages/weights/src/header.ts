import { type Checksum, isChecksum, meaning, withoutChecksum, zeros } from './checksum.js';
import { dtypeOfCode, dtypeRank, dtypes, type StoredDtype, sizeOf } from './dtype.js';
import { parseHeaderJson, quoted } from './header-json.js';
import { SafetensorsError } from './safetensors-error.js';

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

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const shown = (value: unknown) => JSON.stringify(value)?.slice(0, 80) ?? 'nothing';

/** Not even dimensions that a 0 beside them makes void may go beyond what can be counted. */
export const isCountable = (shape: readonly number[], width: number) =>
  shape.reduce((size, dimension) => size * (dimension || 1), width) <= Number.MAX_SAFE_INTEGER;

function decodeEntry(name: string, value: unknown, fail: (problem: string) => never): HeaderEntry {
  const info = isRecord(value) ? value : fail(`tensor ${quoted(name)} should have an object, found ${shown(value)}`);
  const dtype = typeof info.dtype === 'string' ? dtypeOfCode.get(info.dtype) : undefined;
  if (!dtype) {
    return fail(
      `tensor ${quoted(name)} has dtype ${shown(info.dtype)}, known are ${[...dtypeOfCode.keys()].join(', ')}`,
    );
  }
  const { shape, data_offsets: offsets } = info;
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    return fail(`tensor ${quoted(name)} should have a shape of whole numbers, found ${shown(shape)}`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount) || offsets[0]! > offsets[1]!) {
    return fail(`tensor ${quoted(name)} should have data_offsets [begin, end], found ${shown(offsets)}`);
  }
  if (!isCountable(shape, dtypes[dtype].bytes)) {
    return fail(`tensor ${quoted(name)} has a shape beyond 2^53 bytes, found ${shown(shape)}`);
  }
  const [begin, end] = offsets as [number, number];
  const needed = sizeOf(shape) * dtypes[dtype].bytes;
  if (end - begin !== needed) {
    return fail(
      `tensor ${quoted(name)} of shape ${shown(shape)} and dtype ${dtype} needs ${needed} bytes, its data_offsets [${begin}, ${end}] hold ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** The entries in the order of their bytes, which must follow each other from 0 to `dataBytes` without gap or overlap. */
function inOrder(entries: HeaderEntry[], dataBytes: number, fail: (problem: string) => never): HeaderEntry[] {
  const sorted = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  let before = 'the header';
  for (const { name, begin, end } of sorted) {
    if (begin < at)
      fail(`tensor ${quoted(name)} begins at byte ${begin} and overlaps ${before}, which ends at byte ${at}`);
    if (begin > at)
      fail(`bytes ${at} to ${begin} belong to no tensor: ${quoted(name)} should begin where ${before} ends`);
    at = end;
    before = `tensor ${quoted(name)}`;
  }
  if (at > dataBytes) fail(`it is cut short: its tensors need ${at} bytes after the header, the file has ${dataBytes}`);
  if (at < dataBytes) fail(`its tensors take ${at} bytes after the header, the file has ${dataBytes}`);
  return sorted;
}

function checksumIn(text: string, at: number | undefined, metadata: Record<string, unknown>): Checksum | undefined {
  if (at === undefined) return undefined;
  const digits = text.slice(at, at + zeros.length);
  if (!isChecksum(digits) || digits !== metadata.sha256) return undefined;
  return { at: 8 + Buffer.byteLength(text.slice(0, at)), digits };
}

/**
 * Reads a header's JSON and checks it against the `dataBytes` bytes that follow it.
 *
 * @throws SafetensorsError that says what was expected and found.
 */
export function decodeHeader(bytes: Uint8Array, dataBytes: number, path: string): Header {
  const fail = (problem: string): never => {
    throw new SafetensorsError(path, problem);
  };
  let text: string;
  let json: ReturnType<typeof parseHeaderJson>;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    json = parseHeaderJson(text, fail);
  } catch (error) {
    if (error instanceof SafetensorsError) throw error;
    return fail(`the header should be JSON (${(error as Error).message})`);
  }
  const fields = isRecord(json.value)
    ? json.value
    : fail(`the header should be a JSON object, found ${shown(json.value)}`);
  const { __metadata__: metadata = {}, ...tensors } = fields;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    return fail(`__metadata__ should map strings to strings, found ${shown(metadata)}`);
  }
  const checksum = checksumIn(text, json.checksumAt, metadata);
  if (metadata.sha256_of === meaning && !checksum) {
    fail(`it was altered: its SHA-256 should be 64 digits in the metadata, found ${shown(metadata.sha256)}`);
  }
  const entries = Object.entries(tensors).map(([name, value]) => decodeEntry(name, value, fail));
  return { entries: inOrder(entries, dataBytes, fail), metadata: metadata as Record<string, string>, checksum };
}
