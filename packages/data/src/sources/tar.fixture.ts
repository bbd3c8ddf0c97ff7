import { gunzipSync } from 'node:zlib';

/** A header block and what follows it. */
export interface TarPart {
  readonly name: string;
  readonly body?: Uint8Array | string;
  /** The type flag. Default `'0'`, a file. */
  readonly type?: string;
  /** What the header says instead of the body's length: a number, or the field's 12 bytes. */
  readonly size?: number | Uint8Array;
  readonly format?: 'posix' | 'gnu' | 'old';
  readonly prefix?: string;
  /** Added to the checksum, to make it wrong. */
  readonly wrong?: number;
  /** Sums bytes with a sign, as some programs did. */
  readonly signed?: boolean;
}

/** The header block of an entry, its body and the padding to whole blocks. */
export function tarEntry({
  name,
  body = '',
  type = '0',
  size,
  format = 'posix',
  prefix = '',
  wrong = 0,
  signed,
}: TarPart): Buffer {
  const bytes = Buffer.from(body as string);
  const block = Buffer.alloc(512);
  block.write(name, 0, 100);
  block.write('0000644\0', 100);
  if (size instanceof Uint8Array) block.set(size, 124);
  else block.write(`${(size ?? bytes.length).toString(8).padStart(11, '0')}\0`, 124, 12, 'latin1');
  block.write('        ', 148);
  block.write(type, 156, 'latin1');
  if (format === 'posix') block.write('ustar\x0000', 257);
  if (format === 'gnu') block.write('ustar  \0', 257);
  block.write(prefix, 345, 155);
  const sum = block.reduce((total, byte) => total + (signed && byte > 127 ? byte - 256 : byte), wrong);
  block.write(`${(sum & 0o777777).toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([block, bytes, Buffer.alloc(-bytes.length & 511)]);
}

/** An archive: the entries and the two empty blocks at its end. */
export const tar = (parts: readonly TarPart[], end = Buffer.alloc(1024)): Buffer =>
  Buffer.concat([...parts.map(tarEntry), end]);

/** The body of a pax header. */
export function paxBody(records: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const rest = Buffer.from(` ${key}=${value}\n`);
      let length = rest.length;
      while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
      return Buffer.concat([Buffer.from(String(length)), rest]);
    }),
  );
}

const unpacked = (base64: string) => gunzipSync(Buffer.from(base64, 'base64'));

/** The name, too long for a header, in {@link gnuTarArchive} and {@link posixTarArchive}. */
export const longName = `train/${'x'.repeat(120)}`;

/**
 * By GNU tar 1.34, `tar --sort=name -cf`: `train/a.cls` with "3" and a newline, `train/a.png` with "AAA", and
 * {@link longName} `.cls` with "12" and a newline and `.webp` with "LONG".
 */
export const gnuTarArchive = unpacked(
  'H4sIAAAAAAACA+3XPQ6CMAAF4M6eoieA0t9VJpdGz4DGEKKpBDB6fAmJCxATh7bGvm8p+8vjtUNXNS4nXrGRUWo6R/Nz5dswzglVJIB7P1QdpSRRw5R/lZ2uvdf8tZQf8ufz/I1QhDLk753YEEjYu/+tqyP2Xyz6Lwv0P4SyLFGChGV5lm/tzdW2cZdI/ecr/deaUIv+B/r/PyPxeu2EH8n/6/0XiuH+H0bB8QDA/sfef7ncf4P9T2D/H+djixImv/9yuf8a+x+CPex3aAEAAAAAAADAf3sBqTsjMAAoAAA=',
);

/** The same by `tar --sort=name --format=posix -cf`. */
export const posixTarArchive = unpacked(
  'H4sIAAAAAAACA+3WzQqCQBQF4Fn3FD5BOr+tWriqRVSvMJVUECJqNI+fGUEpFIEzk3m+zbiT4Xo8t8z1MQ2JVVFlImV9Vppn+5lGnDESSOLAuSh1Xr2+i0s+X64nynr+erw9FVbnr4R4M3/WmD9lXJIgwvyt4yMCA/bIf5buPeaft/IvKPLvQhzHCMHg87/WZp7oXZIXoenep/wzKl7zz4VUVf+bPuW/p6iIgkyXh+n9QzCe3PZPbCLe8m93uF/3P1cc+7+j/DPEDvn33f+y3f8K/e+m/+lP9P8l2WT4Ew21/0W7/xX634XFajlDCgAAAAAAAAD+2xWjwTgAACgAAA==',
);

/**
 * By Python's tarfile, format pax: `{@link pythonNames}[i].jpg` with the bytes ff d8 i, 1 + 300 i times, and `.cls` with
 * 7 + i.
 */
export const pythonTarArchive = unpacked(
  'H4sIAAAAAAACA+2YQU7DMBREzZZT5AJN/nccGxZVWLLkBshAFEDFrdJU6mGQuAUXyCW4DVhVhNQ2gpXdSp6nL9k7L0bjGbvv7IsrRFDIo5XarZ7DdWJvqDIiq0QENuvedv5IkSZ5kRc3d3Z729inpgun/4Tuv5pLWe3rzyRZiWwL/YPD6jpb2f553u8uAkesFBmt7uPuFkvXzpx9a/LXVXspQCxiyP7//V/u+1/Kkv39T/B/cL6/4IGUQf4j/88q/x8Xa+R/avnPx/lfIf9jYGAB5P+J85/Kifwvkf8xkGP8D+8PG9cWbTd8Dh/NjPEOT4N6lL2uR9ED+f+P/GdN5tD/mjXyP877/wKDwZx20P/Q/86r/+EfJsH+50WP3/+O/398/yOJ/heDK1gAAACS5AfBy94uACgAAA==',
);

export const pythonNames = [`train/${'n01440764_'.repeat(12)}long-name`, 'Übung/größe-1'];
