import { open } from 'node:fs/promises';
import type { EpochRecord, LogRecord, StepRecord, WarningRecord } from './log-record.js';

/** Bytes from a log's end that are read: some hundred lines. */
const TAIL = 65_536;

/** The last lines of a log, by their type; null of a type that is not among them. */
export interface LogTail {
  readonly step: StepRecord | null;
  readonly epoch: EpochRecord | null;
  readonly warning: WarningRecord | null;
  /** Bytes of the whole log. */
  readonly size: number;
  /** When the log was written last. */
  readonly written: Date;
}

function record(line: string): LogRecord | null {
  try {
    const value = JSON.parse(line) as LogRecord | null;
    return typeof value === 'object' && Number.isInteger(value?.step) && Number.isInteger(value?.epoch) ? value : null;
  } catch {
    return null; // half a line, or no line of a log
  }
}

/**
 * The last records of a log, of which only the last 64 KiB are read, however long it is.
 *
 * Null if there is no log that can be read; lines that are none of a log are passed over.
 */
export async function logTail(path: string): Promise<LogTail | null> {
  const file = await open(path, 'r').catch(() => null);
  if (!file) return null;
  try {
    const { size, mtime } = await file.stat();
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(Math.min(size, TAIL)),
      0,
      null,
      Math.max(0, size - TAIL),
    );
    // Not the first line, as it may be half of one: it is none of a log then.
    const records = buffer
      .toString('utf8', 0, bytesRead)
      .split('\n')
      .flatMap((line) => record(line) ?? []);
    const last = <T extends LogRecord['type']>(type: T) =>
      (records.findLast((one) => one.type === type) ?? null) as Extract<LogRecord, { type: T }> | null;
    return { step: last('step'), epoch: last('epoch'), warning: last('warning'), size, written: mtime };
  } catch {
    return null; // a folder, for example
  } finally {
    await file.close();
  }
}
