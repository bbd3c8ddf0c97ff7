import { closeSync, fdatasyncSync, ftruncateSync, mkdirSync, openSync, readdirSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { maskedCrc32c } from './crc32c.js';

/** A file of events that is open to be appended to. */
export interface EventFile {
  readonly path: string;
  /** Hands records over to the system, all or none: they outlive this process. */
  append(...records: readonly Uint8Array[]): void;
  /** Waits until the disk has them: they outlive the machine's power. */
  sync(): void;
  close(): void;
}

/** A record of a TFRecord file: length (8 bytes), its masked CRC-32C, the data, its masked CRC-32C. */
function framed(data: Uint8Array): Uint8Array {
  const header = Buffer.alloc(12);
  header.writeBigUInt64LE(BigInt(data.length), 0);
  header.writeUInt32LE(maskedCrc32c(header.subarray(0, 8)), 8);
  const footer = Buffer.alloc(4);
  footer.writeUInt32LE(maskedCrc32c(data), 0);
  return Buffer.concat([header, data, footer]);
}

/** TensorBoard reads the files of a folder in the order of their names, so the new one has to be the last. */
function secondsAfter(folder: string, seconds: number): number {
  const taken = readdirSync(folder).map((name) => Number(/tfevents\.(\d+)/.exec(name)?.[1] ?? 0));
  return taken.reduce((latest, other) => Math.max(latest, other + 1), Math.floor(seconds));
}

function create(folder: string, seconds: number): { path: string; file: number } {
  try {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `events.out.tfevents.${secondsAfter(folder, seconds)}.${hostname()}`);
    return { path, file: openSync(path, 'ax') };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return create(folder, seconds + 1); // by another process, just now
    throw new Error(`Cannot begin an event file in ${folder}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Begins a file of events, `events.out.tfevents.<seconds>.<host>`, whose name comes after those in the folder.
 *
 * A record that cannot be written (a full disk) is taken back whole: a reader never meets a broken one with others after it.
 *
 * @throws Error if the file cannot be made, or a record cannot be written; it names the file.
 */
export function eventFile(folder: string, seconds: number): EventFile {
  const { path, file } = create(folder, seconds);
  let length = 0;
  return {
    path,
    append(...records) {
      const bytes = Buffer.concat(records.map(framed));
      let written = 0;
      try {
        while (written < bytes.length) written += writeSync(file, bytes, written);
      } catch (error) {
        if (written > 0) ftruncateSync(file, length);
        throw new Error(`Cannot write ${path}: ${(error as Error).message}`, { cause: error });
      }
      length += bytes.length;
    },
    sync() {
      fdatasyncSync(file);
    },
    close() {
      closeSync(file);
    },
  };
}
