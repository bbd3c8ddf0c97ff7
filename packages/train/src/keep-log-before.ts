import { createReadStream } from 'node:fs';
import { open, truncate } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { LogRecord } from './log-record.js';

/** A step's own lines belong to a run that has done it; those of an epoch to one that has done all of its steps. */
function isBefore(record: LogRecord, step: number): boolean {
  const ofStep = record.type === 'step' || (record.type === 'warning' && record.of === 'step');
  return ofStep ? record.step < step : record.step <= step;
}

/** The record that a line holds; null if the line was cut short when the process died. */
function recordOf(line: string): LogRecord | null {
  try {
    return JSON.parse(line) as LogRecord;
  } catch {
    return null;
  }
}

/**
 * Cuts a log off at the first line that a run with `step` steps done has not written, and makes it if it is not there.
 *
 * Lines stand in the order of their steps, so that everything after that line is to come again.
 *
 * @param onKept Shown each record that stays, in order.
 */
export async function keepLogBefore(
  path: string,
  step: number,
  onKept: (record: LogRecord) => void = () => {},
): Promise<void> {
  const file = await open(path, 'a');
  const { size } = await file.stat();
  await file.close();
  let kept = 0;
  const stream = createReadStream(path);
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    const end = kept + Buffer.byteLength(line) + 1;
    const record = recordOf(line);
    if (step === 0 || end > size || !record || !isBefore(record, step)) break;
    onKept(record);
    kept = end;
  }
  stream.destroy();
  await truncate(path, kept);
}
