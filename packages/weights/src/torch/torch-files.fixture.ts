import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll } from 'vitest';

/** Writes files to a folder that goes when the tests of a file have run. */
export function temporaryFiles(): (name: string, bytes: Uint8Array) => string {
  const folder = mkdtempSync(join(tmpdir(), 'hcsc-torch-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return (name, bytes) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
}

const u16 = (n: number) => Buffer.from(Uint16Array.of(n).buffer);
const u32 = (n: number) => Buffer.from(Uint32Array.of(n).buffer);
const u64 = (n: number) => Buffer.from(BigUint64Array.of(BigInt(n)).buffer);
const of = (...parts: (string | Uint8Array)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));

/** The parts of pickles, by opcode. */
export const op = {
  of,
  pickle: (...parts: (string | Uint8Array)[]) => of('\x80\x02', ...parts, '.'),
  text: (value: string) => of('X', u32(Buffer.byteLength(value)), Buffer.from(value)),
  int: (value: number | bigint) => of('\x8a\x08', Buffer.from(BigInt64Array.of(BigInt(value)).buffer)),
  global: (module: string, name: string) => of(`c${module}\n${name}\n`),
  tuple: (...items: Uint8Array[]) => of('(', ...items, 't'),
  dict: (items: Record<string, string | Uint8Array>) =>
    of('}(', ...Object.entries(items).flatMap(([key, value]) => [op.text(key), value]), 'u'),
  call: (type: Uint8Array, ...values: Uint8Array[]) => of(type, op.tuple(...values), 'R'),
  storage: (type: string, key: string, length: number | bigint, ...more: (string | Uint8Array)[]) =>
    of('(', op.text('storage'), op.global('torch', type), op.text(key), op.text('cpu'), op.int(length), ...more, 'tQ'),
  tensor: (storage: Uint8Array, offset: number, shape: readonly number[], strides: readonly number[]) =>
    op.call(
      op.global('torch._utils', '_rebuild_tensor_v2'),
      storage,
      op.int(offset),
      op.tuple(...shape.map(op.int)),
      op.tuple(...strides.map(op.int)),
      of('\x89'),
      op.call(op.global('collections', 'OrderedDict')),
    ),
};

/** An entry of a zip file, and what is wrong with it. */
export interface ZipPart {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  readonly size?: number;
  readonly at?: number;
  readonly localName?: string;
}

/** A zip file; with `wide`, all sizes and positions are in 64-bit records. */
export function zip(parts: readonly ZipPart[], wide = false): Buffer {
  const locals: Buffer[] = [];
  const listed: Buffer[] = [];
  let at = 0;
  for (const part of parts) {
    const { name, bytes, method = 0, flags = 0, size = bytes.length, localName = name } = part;
    const position = part.at ?? at;
    const common = [u16(flags), u16(method), u32(0), u32(crc32(bytes))];
    const local = of(
      'PK\x03\x04',
      u16(45),
      ...common,
      u32(size),
      u32(size),
      u16(localName.length),
      u16(0),
      localName,
      bytes,
    );
    const extra = wide ? of(u16(1), u16(24), u64(size), u64(size), u64(position)) : of();
    const [narrowSize, narrowAt] = wide ? [0xffffffff, 0xffffffff] : [size, position];
    listed.push(
      of(
        'PK\x01\x02',
        u16(45),
        u16(45),
        ...common,
        u32(narrowSize),
        u32(narrowSize),
        u16(name.length),
        u16(extra.length),
      ),
      of(u16(0), u16(0), u16(0), u32(0), u32(narrowAt), name, extra),
    );
    locals.push(local);
    at += local.length;
  }
  const directory = of(...listed);
  const count = parts.length;
  const end64 = of(
    'PK\x06\x06',
    u64(44),
    u16(45),
    u16(45),
    u32(0),
    u32(0),
    u64(count),
    u64(count),
    u64(directory.length),
    u64(at),
  );
  const locator = of('PK\x06\x07', u32(0), u64(at + directory.length), u32(1));
  const place = wide
    ? [u16(0xffff), u16(0xffff), u32(0xffffffff), u32(0xffffffff)]
    : [u16(count), u16(count), u32(directory.length), u32(at)];
  return of(...locals, directory, ...(wide ? [end64, locator] : []), 'PK\x05\x06', u16(0), u16(0), ...place, u16(0));
}

/** A file in the zip container: its pickle and its storages by key. */
export const zipFile = (pickle: Uint8Array, storages: Record<string, Uint8Array> = {}, more: readonly ZipPart[] = []) =>
  zip([
    { name: 'a/data.pkl', bytes: pickle },
    ...Object.entries(storages).map(([key, bytes]) => ({ name: `a/data/${key}`, bytes })),
    ...more,
  ]);

/** A file in the container before PyTorch 1.6: its pickle and, by key, how many values its storages have and which. */
export function legacyFile(
  pickle: Uint8Array,
  storages: Record<string, readonly [length: number, bytes: Uint8Array]> = {},
) {
  return of(
    op.pickle('\x8a\x0a', Buffer.from('6cfc9c46f9206aa85019', 'hex')),
    op.pickle('M', u16(1001)),
    op.pickle(op.dict({ little_endian: '\x88' })),
    pickle,
    op.pickle('](', ...Object.keys(storages).map(op.text), 'e'),
    ...Object.values(storages).flatMap(([length, bytes]) => [u64(length), bytes]),
  );
}
