import { createReadStream } from 'node:fs';
import { open, truncate } from 'node:fs/promises';
import type { LogRecord } from './log-record.js';

const NEWLINE = 10;

/** A step's own lines belong to a run that has done it; those of an epoch to one that has done all of its steps. */
function isBefore(record: LogRecord, step: number): boolean {
  const ofStep = record.type === 'step' || (record.type === 'warning' && record.of === 'step');
  return ofStep ? record.step < step : record.step <= step;
}

/** The record that a line holds; null if it holds none: the process died while writing it, or somebody has edited it. */
function recordOf(line: string): LogRecord | null {
  try {
    return JSON.parse(line) as LogRecord;
  } catch {
    return null;
  }
}

/** The whole lines of a file, with the byte at which each ends. */
async function* linesOf(path: string): AsyncGenerator<{ line: string; end: number }> {
  let rest = Buffer.alloc(0);
  let end = 0;
  for await (const chunk of createReadStream(path)) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      end += at + 1 - from;
      yield { line: bytes.toString('utf8', from, at), end };
      from = at + 1;
    }
    rest = bytes.subarray(from);
  }
}

/**
 * Cuts a log off behind the last line that a run with `step` steps done has written, and makes it if it is not there.
 *
 * Lines stand in the order of their steps: all from the first line of a later one on is to come again. A line between others
 * that is no record stays as it is.
 *
 * @param onKept Shown each record that stays, in order.
 */
export async function keepLogBefore(
  path: string,
  step: number,
  onKept: (record: LogRecord) => void = () => {},
): Promise<void> {
  await (await open(path, 'a')).close();
  let kept = 0;
  if (step > 0) {
    for await (const { line, end } of linesOf(path)) {
      const record = recordOf(line);
      if (!record) continue;
      if (!isBefore(record, step)) break;
      onKept(record);
      kept = end;
    }
  }
  await truncate(path, kept);
}
