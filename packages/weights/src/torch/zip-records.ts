/** An entry of a zip file, as its list names it. */
export interface ZipRecord {
  readonly name: string;
  readonly size: number;
  readonly crc: number;
  /** Where its header begins. */
  readonly at: number;
}

/** PyTorch maps storages into memory, so that their bytes begin at a multiple of this. */
const alignment = 64;
const all16 = 0xffff;
const all32 = 0xffffffff;
/** Stored as it is, names in UTF-8, from 1 January 1980: the same entries give the same bytes. */
const [version, flags, stored, time, date] = [45, 0x800, 0, 0, 0x21];

/** The numbers, each with its width in bytes, one after the other. */
function record(...fields: readonly (readonly [width: 2 | 4 | 8, value: number])[]): Buffer {
  const bytes = Buffer.alloc(fields.reduce((sum, [width]) => sum + width, 0));
  let at = 0;
  for (const [width, value] of fields) {
    if (width === 8) bytes.writeBigUInt64LE(BigInt(value), at);
    else bytes.writeUIntLE(value, at, width);
    at += width;
  }
  return bytes;
}

const isWide = (value: number) => value >= all32;
const narrow = (value: number, limit: number) => Math.min(value, limit);

/** The 64-bit extra field with these values; nothing if there are none. */
const wideField = (values: readonly number[]) =>
  values.length === 0 ? Buffer.alloc(0) : record([2, 1], [2, 8 * values.length], ...values.map((n) => [8, n] as const));

/** The header before an entry's bytes, of such a length that they begin at a multiple of 64. */
export function localHeader({ name, size, crc, at }: ZipRecord): Buffer {
  const text = Buffer.from(name);
  const wide = wideField(isWide(size) ? [size, size] : []);
  const before = at + 30 + text.length + wide.length + 4;
  const padding = (alignment - (before % alignment)) % alignment;
  const fixed = record(
    [4, 0x04034b50],
    ...([version, flags, stored, time, date] as const).map((value) => [2, value] as const),
    [4, crc],
    [4, narrow(size, all32)],
    [4, narrow(size, all32)],
    [2, text.length],
    [2, wide.length + 4 + padding],
  );
  return Buffer.concat([fixed, text, wide, Buffer.from('FB'), record([2, padding]), Buffer.alloc(padding, 'Z')]);
}

function listed({ name, size, crc, at }: ZipRecord): Buffer {
  const text = Buffer.from(name);
  const wide = wideField([...(isWide(size) ? [size, size] : []), ...(isWide(at) ? [at] : [])]);
  const fixed = record(
    [4, 0x02014b50],
    [2, version],
    ...([version, flags, stored, time, date] as const).map((value) => [2, value] as const),
    [4, crc],
    [4, narrow(size, all32)],
    [4, narrow(size, all32)],
    [2, text.length],
    [2, wide.length],
    ...([0, 0, 0] as const).map((value) => [2, value] as const),
    [4, 0],
    [4, narrow(at, all32)],
  );
  return Buffer.concat([fixed, text, wide]);
}

/** What ends a zip file: the list of its entries, which begins at `at`, and its place; 64-bit where 32 are too few. */
export function directory(entries: readonly ZipRecord[], at: number): Buffer {
  const list = Buffer.concat(entries.map(listed));
  const count = entries.length;
  const wide = count >= all16 || isWide(at) || isWide(list.length);
  const end64 = record(
    [4, 0x06064b50],
    [8, 44],
    ...([version, version] as const).map((value) => [2, value] as const),
    ...([0, 0] as const).map((value) => [4, value] as const),
    ...[count, count, list.length, at].map((value) => [8, value] as const),
  );
  const locator = record([4, 0x07064b50], [4, 0], [8, at + list.length], [4, 1]);
  const end = record(
    [4, 0x06054b50],
    ...[0, 0, narrow(count, all16), narrow(count, all16)].map((value) => [2, value] as const),
    [4, narrow(list.length, all32)],
    [4, narrow(at, all32)],
    [2, 0],
  );
  return Buffer.concat([list, ...(wide ? [end64, locator] : []), end]);
}
