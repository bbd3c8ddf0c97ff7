import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

/** A file in a zip file. */
export interface ZipEntry {
  readonly name: string;
  readonly size: number;
  /** 0: as it is; 8: deflated. */
  readonly method: number;
  /** Where its own header begins, and how many bytes it has in the zip file. */
  readonly offset: number;
  readonly packed: number;
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;

/**
 * Lists the files in a zip file, by its directory (APPNOTE.TXT, 4.3.12 and 4.3.16); not those larger than 4 GB.
 *
 * @throws Error if it is none.
 */
export async function readZip(path: string): Promise<ZipEntry[]> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const tail = await read(file, Math.max(0, size - 65_557), Math.min(size, 65_557));
    let end = tail.length - 22;
    while (end >= 0 && tail.readUInt32LE(end) !== endSignature) end--;
    if (end < 0) throw new Error(`${path} is no zip file`);
    const directory = await read(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
    const entries: ZipEntry[] = [];
    for (let at = 0; entries.length < tail.readUInt16LE(end + 10); ) {
      if (directory.readUInt32LE(at) !== entrySignature) throw new Error(`${path} is damaged`);
      const nameLength = directory.readUInt16LE(at + 28);
      entries.push({
        name: directory.toString('utf8', at + 46, at + 46 + nameLength),
        method: directory.readUInt16LE(at + 10),
        packed: directory.readUInt32LE(at + 20),
        size: directory.readUInt32LE(at + 24),
        offset: directory.readUInt32LE(at + 42),
      });
      at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    }
    return entries;
  } finally {
    await file.close();
  }
}

/** Unpacks one file of a zip file. */
export async function unpackEntry(
  zip: string,
  { method, offset, packed, name }: ZipEntry,
  to: string,
  signal?: AbortSignal,
): Promise<void> {
  if (method !== 0 && method !== 8) {
    throw new Error(`${name} in ${zip} is packed in a way (${method}) that is not known here`);
  }
  const file = await open(zip);
  const header = await read(file, offset, 30).finally(() => file.close());
  const start = offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const source = createReadStream(zip, { start, end: start + packed - 1 });
  const target = createWriteStream(to, { flush: true });
  if (method === 8) await pipeline(source, createInflateRaw(), target, { signal });
  else await pipeline(source, target, { signal });
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  await file.read(buffer, 0, length, position);
  return buffer;
}
