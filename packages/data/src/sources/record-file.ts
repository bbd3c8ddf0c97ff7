import { type FileHandle, open, stat } from 'node:fs/promises';
import { DataFileError } from './data-file-error.js';
import { assertIndices } from './image-source.js';
import { inLanes } from './in-lanes.js';

/** A file of records of one size, read by position: its content is not kept in memory. */
export interface RecordFile {
  readonly path: string;
  /** The number of records. */
  readonly length: number;
  /**
   * Reads records, packed in the order asked for, into a new array.
   *
   * Rejects with a RangeError for an index that is out of range, and with a DataFileError if the file has become
   * shorter since it was opened.
   */
  read(indices: ArrayLike<number>): Promise<Uint8Array>;
}

/** Options of {@link recordFile}. */
export interface RecordFileOptions {
  /** The number of records that the file must have. Default: whatever there are, at least one. */
  records?: number;
  /** Also take a file with fewer records, from 1. Default false. */
  partial?: boolean;
}

/** Several reads hide the way to the disk and back; the system's cache serves no more than this at a time. */
const LANES = 4;
/** Node reads less than 2 GiB at once. */
const MOST_BYTES_AT_ONCE = 2 ** 30;
const END = 'the end of the file';

/**
 * Opens a file of records of `recordBytes` bytes each, and checks its length.
 *
 * No handle stays open between reads: each call of `read` opens the file and closes it.
 *
 * @throws DataFileError (the promise rejects) if the file is no regular file, or not as long as its records take.
 */
export async function recordFile(
  path: string,
  recordBytes: number,
  { records, partial = false }: RecordFileOptions = {},
): Promise<RecordFile> {
  const length = await countRecords(path, recordBytes, records, partial);
  return {
    path,
    length,
    async read(indices) {
      assertIndices(path, length, indices);
      const packed = new Uint8Array(indices.length * recordBytes);
      const runs = consecutive(indices);
      const handle = await open(path);
      try {
        await inLanes(runs.length - 1, LANES, (run) => {
          const first = runs[run]!;
          const target = packed.subarray(first * recordBytes, runs[run + 1]! * recordBytes);
          return readFully(handle, path, target, indices[first]! * recordBytes);
        });
      } finally {
        await handle.close();
      }
      return packed;
    },
  };
}

async function countRecords(path: string, recordBytes: number, records: number | undefined, partial: boolean) {
  const info = await stat(path);
  if (!info.isFile()) {
    const found = info.isDirectory() ? 'a folder' : 'something else';
    throw new DataFileError({ file: path, offset: 0, expected: 'a regular file', found });
  }
  const whole = Math.floor(info.size / recordBytes);
  const wanted = records === undefined || (partial && whole < records) ? Math.max(whole, 1) : records;
  const total = wanted * recordBytes;
  if (records !== undefined && info.size > records * recordBytes) {
    const expected = `${END}, after ${records} records of ${recordBytes} bytes`;
    throw new DataFileError({ file: path, offset: records * recordBytes, expected, found: 'more bytes' });
  }
  if (info.size === total) return wanted;
  const expected =
    records === undefined || partial
      ? `whole records of ${recordBytes} bytes, at least one`
      : `${records} records of ${recordBytes} bytes, ${total} bytes`;
  const rest = info.size - whole * recordBytes;
  const found = rest > 0 ? `${END}, ${rest} bytes into record ${whole}` : END;
  throw new DataFileError({ file: path, offset: info.size, expected, found });
}

/** The positions in `indices` where a run of consecutive indices starts, and the end of the last. */
function consecutive(indices: ArrayLike<number>): number[] {
  const starts: number[] = [];
  for (let i = 0; i < indices.length; i++) if (i === 0 || indices[i] !== indices[i - 1]! + 1) starts.push(i);
  starts.push(indices.length);
  return starts;
}

/** Fills `target` from the file's bytes at `position`. */
async function readFully(handle: FileHandle, path: string, target: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const length = Math.min(target.length - done, MOST_BYTES_AT_ONCE);
    const { bytesRead } = await handle.read(target, done, length, position + done);
    if (bytesRead === 0) {
      const expected = `${target.length - done} more bytes, as when the file was opened`;
      throw new DataFileError({ file: path, offset: position + done, expected, found: END });
    }
    done += bytesRead;
  }
}
