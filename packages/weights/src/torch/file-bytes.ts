import type { FileHandle } from 'node:fs/promises';

/** What is wrong with a file; the reader adds which file it was. */
export class Refusal extends Error {}

/** Text of a file as a message can hold it. */
export function shortened(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

/** A file that is read by position, never beyond its end: nothing is allocated for bytes that are not there. */
export interface FileBytes {
  readonly size: number;
  /** `what` names the bytes in the refusal. */
  read(begin: number, length: number, what: string): Promise<Uint8Array<ArrayBuffer>>;
}

/** The largest piece asked of one system call, which gives less than 2 GiB. */
const piece = 1 << 30;

export async function fileBytes(file: FileHandle): Promise<FileBytes> {
  const { size } = await file.stat();
  return {
    size,
    async read(begin, length, what) {
      const cut = () => new Refusal(`it is cut short: ${what} needs ${length} bytes at ${begin}, the file has ${size}`);
      if (begin + length > size) throw cut();
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; ) {
        const { bytesRead } = await file.read(bytes, at, Math.min(piece, length - at), begin + at);
        if (bytesRead === 0) throw cut();
        at += bytesRead;
      }
      return bytes;
    },
  };
}
