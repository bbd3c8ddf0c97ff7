import { crc32 } from 'node:zlib';
import { type FileBytes, Refusal, shortened } from './file-bytes.js';

/** An entry of a zip file. */
export interface ZipEntry {
  readonly name: string;
  readonly size: number;
  /** Its bytes, as they are in the file: the entry must be stored without compression, and fit its checksum. */
  read(options: { readonly checksum: boolean }): Promise<Uint8Array<ArrayBuffer>>;
}

interface Listed {
  readonly name: string;
  readonly size: number;
  readonly packed: number;
  readonly crc: number;
  readonly method: number;
  readonly encrypted: boolean;
  /** Where its local header begins. */
  readonly at: number;
}

/** The longest list of entries that is read, in bytes. */
const longestDirectory = 1 << 26;
const all16 = 0xffff;
const all32 = 0xffffffff;
/** The lengths of the fixed part of the records. */
const localBytes = 30;
const listedBytes = 46;
const endBytes = 22;
const locatorBytes = 20;
const end64Bytes = 56;

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Where the list of entries stands, from the record at the end of the file and, if there is one, its 64-bit sister. */
async function findDirectory(file: FileBytes) {
  const tailLength = Math.min(file.size, endBytes + all16);
  const tailAt = file.size - tailLength;
  const tail = viewOf(await file.read(tailAt, tailLength, 'the end'));
  let at = tailLength - endBytes;
  while (
    at >= 0 &&
    !(tail.getUint32(at, true) === 0x06054b50 && at + endBytes + tail.getUint16(at + 20, true) === tailLength)
  ) {
    at--;
  }
  if (at < 0) throw new Refusal('it is cut short: a zip file should end with the place of its list of entries');
  let count = tail.getUint16(at + 10, true);
  let length = tail.getUint32(at + 12, true);
  let begin = tail.getUint32(at + 16, true);
  let end = tailAt + at;
  if (tail.getUint16(at + 4, true) % all16 || tail.getUint16(at + 6, true) % all16)
    throw new Refusal('it is part of a zip file in pieces');
  const locator = at - locatorBytes;
  if (locator >= 0 && tail.getUint32(locator, true) === 0x07064b50) {
    end = whole(tail, locator + 8);
    const record = viewOf(await file.read(end, end64Bytes, 'the 64-bit end of the zip file'));
    if (record.getUint32(0, true) !== 0x06064b50)
      throw new Refusal('the 64-bit end of the zip file is not where it should be');
    count = whole(record, 32);
    length = whole(record, 40);
    begin = whole(record, 48);
  }
  if (begin + length > end || length > longestDirectory || count * listedBytes > length) {
    throw new Refusal(
      `its list of ${count} entries should take ${length} bytes at ${begin}, of at most ${longestDirectory} and before ${end}`,
    );
  }
  return { count, length, begin };
}

/** A 64-bit number that is not too large to be a position. */
function whole(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > Number.MAX_SAFE_INTEGER) throw new Refusal(`it gives ${value} for a position or a size`);
  return Number(value);
}

/** Sizes and position that an entry has in its 64-bit extra field. */
function widen(extra: DataView, values: readonly number[]): number[] {
  for (let at = 0; at + 4 <= extra.byteLength; at += 4 + extra.getUint16(at + 2, true)) {
    if (extra.getUint16(at, true) !== 1) continue;
    const end = Math.min(at + 4 + extra.getUint16(at + 2, true), extra.byteLength);
    let from = at + 4;
    return values.map((value) => {
      if (value !== all32) return value;
      from += 8;
      if (from > end) throw new Refusal('an entry lacks a part of its 64-bit sizes');
      return whole(extra, from - 8);
    });
  }
  return [...values];
}

function list(directory: Uint8Array, count: number): Listed[] {
  const view = viewOf(directory);
  const text = new TextDecoder('utf-8', { fatal: true });
  const entries: Listed[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + listedBytes > directory.length || view.getUint32(at, true) !== 0x02014b50) {
      throw new Refusal(`its list should have ${count} entries, entry ${i} is none`);
    }
    const nameAt = at + listedBytes;
    const extraAt = nameAt + view.getUint16(at + 28, true);
    const commentAt = extraAt + view.getUint16(at + 30, true);
    const end = commentAt + view.getUint16(at + 32, true);
    if (end > directory.length) throw new Refusal(`entry ${i} reaches beyond the list of entries`);
    const narrow = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
    const [size, packed, position] = widen(viewOf(directory.subarray(extraAt, commentAt)), narrow);
    let name: string;
    try {
      name = text.decode(directory.subarray(nameAt, extraAt));
    } catch {
      throw new Refusal(`the name of entry ${i} should be UTF-8`);
    }
    entries.push({
      name,
      size: size!,
      packed: packed!,
      at: position!,
      crc: view.getUint32(at + 16, true),
      method: view.getUint16(at + 10, true),
      encrypted: (view.getUint16(at + 8, true) & 1) === 1,
    });
    at = end;
  }
  return entries;
}

async function readEntry(file: FileBytes, entry: Listed, end: number, checksum: boolean) {
  const { name, size, packed, method } = entry;
  const said = `entry ${shortened(name)}`;
  if (method !== 0 || entry.encrypted || size !== packed) {
    throw new Refusal(
      `${said} is compressed or encrypted (method ${method}, ${packed} bytes of ${size}): PyTorch stores its entries as they are`,
    );
  }
  const local = viewOf(await file.read(entry.at, localBytes, said));
  const nameLength = local.getUint16(26, true);
  const bytesAt = entry.at + localBytes + nameLength + local.getUint16(28, true);
  if (local.getUint32(0, true) !== 0x04034b50 || local.getUint16(8, true) !== 0 || bytesAt + size > end) {
    throw new Refusal(`${said} should have its header and ${size} bytes between ${entry.at} and ${end}`);
  }
  const localName = await file.read(entry.at + localBytes, nameLength, said);
  if (!Buffer.from(name).equals(localName)) throw new Refusal(`${said} has another name where its bytes are`);
  const bytes = await file.read(bytesAt, size, said);
  if (checksum) {
    let crc = 0;
    for (let at = 0; at < size; at += 1 << 30) crc = crc32(bytes.subarray(at, at + (1 << 30)), crc);
    if (crc !== entry.crc) throw new Refusal(`${said} was altered: its checksum is ${crc}, the list says ${entry.crc}`);
  }
  return bytes;
}

/**
 * The entries of a zip file by name, from its list at the end; 64-bit sizes too.
 *
 * @throws Refusal if the list is not whole, names an entry twice, or has entries that share bytes.
 */
export async function zipEntries(file: FileBytes): Promise<ReadonlyMap<string, ZipEntry>> {
  const { count, length, begin } = await findDirectory(file);
  const listed = list(await file.read(begin, length, 'the list of entries'), count).sort((a, b) => a.at - b.at);
  const entries = new Map<string, ZipEntry>();
  for (const [i, entry] of listed.entries()) {
    const end = listed[i + 1]?.at ?? begin;
    if (entry.at + localBytes + entry.packed > end) {
      throw new Refusal(
        `entry ${shortened(entry.name)} of ${entry.packed} bytes at ${entry.at} should end before ${end}`,
      );
    }
    if (entries.has(entry.name)) throw new Refusal(`it has two entries ${shortened(entry.name)}`);
    const { name, size } = entry;
    entries.set(name, { name, size, read: ({ checksum }) => readEntry(file, entry, end, checksum) });
  }
  return entries;
}
