import { open, stat } from 'node:fs/promises';
import { DataFileError } from './data-file-error.js';
import { parsePaxRecords } from './pax-records.js';
import { type HeaderFault, parseTarHeader, TAR_BLOCK, type TarHeader } from './tar-header.js';

/** A file in a tar archive. */
export interface TarEntry {
  readonly name: string;
  /** `'link'` for a hard or symbolic link, which has no bytes here. */
  readonly kind: 'file' | 'link';
  /** Where its header is, in bytes from the archive's start. */
  readonly header: number;
  /** Where its bytes are. */
  readonly offset: number;
  /** How many bytes; they lie within the archive. */
  readonly size: number;
}

/** An open archive. */
export interface TarFile {
  /** The files and links in it, in their order; the bytes of files are skipped. */
  entries(): AsyncGenerator<TarEntry>;
  /** Reads bytes of the archive, which must be within it; valid until the next call or entry. */
  bytes(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** One read serves several small files and their headers. */
const WINDOW = 16 * 1024;
/** Names and pax headers beyond this are no names. */
const MOST_NAME_BYTES = 1 << 20;
const NOTHING = Buffer.alloc(WINDOW);
const END = 'the end of the file';

const COMPRESSED: readonly (readonly [magic: string, name: string])[] = [
  ['1f8b', 'gzip'],
  ['28b52ffd', 'zstd'],
  ['425a68', 'bzip2'],
  ['fd377a58', 'xz'],
];

/**
 * Opens a tar archive: POSIX (ustar, pax) and GNU.
 *
 * The checksum of every header is verified and every size compared with what is left of the file, before anything is
 * read or allocated by it.
 *
 * @throws DataFileError (the promise, and `entries`, reject) if the archive is truncated, damaged, compressed or no
 *   archive.
 */
export async function openTar(path: string): Promise<TarFile> {
  const fault = (offset: number, expected: string, found: string): never => {
    throw new DataFileError({ file: path, offset, expected, found });
  };
  const within = (start: number) => (inner: HeaderFault) => fault(start + inner.offset, inner.expected, inner.found);
  const info = await stat(path);
  if (!info.isFile()) fault(0, 'a tar archive', info.isDirectory() ? 'a folder' : 'no regular file');
  const handle = await open(path);
  const window = Buffer.alloc(WINDOW);
  let buffer = Buffer.alloc(0);
  let from = 0;
  const bytes = async (offset: number, length: number) => {
    if (offset < from || offset + length > from + buffer.length) {
      const target = length <= WINDOW ? window : Buffer.alloc(length);
      const { bytesRead } = await handle.read(target, 0, target.length, offset);
      [buffer, from] = [target.subarray(0, bytesRead), offset];
      if (bytesRead < length) fault(offset + bytesRead, 'a file as long as when it was opened', END);
    }
    return buffer.subarray(offset - from, offset - from + length);
  };
  const block = (offset: number) =>
    offset + TAR_BLOCK > info.size
      ? fault(info.size, 'a header, or the two empty blocks that end an archive', END)
      : bytes(offset, TAR_BLOCK);

  async function* entries(): AsyncGenerator<TarEntry> {
    const start = (await bytes(0, Math.min(4, info.size))).toString('hex');
    const packing = COMPRESSED.find(([magic]) => start.startsWith(magic))?.[1];
    if (packing) {
      const advice =
        'unpack it first: images are compressed as they are, and only a plain archive can be read in any order';
      fault(0, `a plain tar archive (${advice})`, `one compressed by ${packing}`);
    }
    let extended: { name?: string; size?: number; header: number } | null = null;
    for (let at = 0; ; ) {
      const header = await block(at);
      if (isEmpty(header)) {
        if (extended) fault(at, `the entry that the header at ${extended.header} is about`, 'the end of the archive');
        return assertOnlyEmpty(at);
      }
      const { type, ...own } = parseTarHeader(header, within(at));
      const isMeta = META.includes(type);
      const name = isMeta ? own.name : (extended?.name ?? own.name);
      const size = isMeta ? own.size : FILES.includes(type) ? (extended?.size ?? own.size) : 0;
      const offset = at + TAR_BLOCK;
      if (size > info.size - offset)
        fault(offset, `${size} bytes of ${name}`, `${END} after ${info.size - offset} bytes`);
      if (isMeta) extended = await meta({ type, name, size }, at, extended);
      else {
        if (FILES.includes(type) && !name.endsWith('/')) yield { name, kind: 'file', header: at, offset, size };
        else if (type === '1' || type === '2') yield { name, kind: 'link', header: at, offset, size };
        else if (!KNOWN.includes(type))
          fault(at + 156, 'a file, a folder or a link', `an entry of type ${JSON.stringify(type)}`);
        extended = null;
      }
      at = offset + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
    }
  }

  type Extended = { name?: string; size?: number; header: number };

  /** What a header about the next entry says, together with those before it. */
  async function meta({ type, size }: TarHeader, header: number, before: Extended | null): Promise<Extended | null> {
    const offset = header + TAR_BLOCK;
    if (size > MOST_NAME_BYTES) fault(header + 124, `at most ${MOST_NAME_BYTES} bytes of names`, `${size}`);
    const body = await bytes(offset, size);
    const known = { header, ...before };
    if (type === 'K') return known;
    if (type === 'L') return { ...known, name: body.toString('utf8').replace(/\0.*$/s, '') };
    const records = parsePaxRecords(body, within(offset));
    const unreadable = [...records.keys()].find(
      (key) => key.startsWith('GNU.sparse.') || (type === 'g' && (key === 'path' || key === 'size')),
    );
    if (unreadable) fault(offset, 'files stored whole, each with its own name', `the pax record ${unreadable}`);
    if (type === 'g') return before;
    const name = records.get('path') ?? known.name;
    const text = records.get('size');
    if (text === undefined) return { ...known, name };
    if (!/^\d{1,15}$/.test(text)) fault(offset, 'a size as a decimal number', JSON.stringify(text));
    return { ...known, name, size: Number(text) };
  }

  async function assertOnlyEmpty(from: number): Promise<void> {
    for (let at = from; at < info.size; at += WINDOW) {
      const rest = await bytes(at, Math.min(WINDOW, info.size - at));
      if (rest.equals(NOTHING.subarray(0, rest.length))) continue;
      const wrong = rest.findIndex((byte) => byte !== 0);
      fault(
        at + wrong,
        'nothing but zeros after the end of the archive',
        'more data (archives cannot be concatenated)',
      );
    }
  }

  return { entries, bytes, close: () => handle.close() };
}

/** Headers about the entry after them (`g`: all entries after it). */
const META = 'xgLK';
/** File and contiguous file. */
const FILES = '07';
/** And hard link, symbolic link, devices, folder, pipe: these have no bytes, whatever their size says. */
const KNOWN = '01234567';

const isEmpty = (block: Buffer) => block.every((byte) => byte === 0);
