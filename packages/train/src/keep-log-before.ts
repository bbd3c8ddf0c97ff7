import { createReadStream } from 'node:fs';
import { open, truncate } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { LogRecord } from './log-record.js';

/** A step's own lines belong to a run that has done it; those of an epoch to one that has done all of its steps. */
function isBefore(record: LogRecord, step: number): boolean {
  const ofStep = record.type === 'step' || (record.type === 'warning' && record.of === 'step');
  return ofStep ? record.step < step : record.step <= step;
}

function isWhole(line: string, step: number): boolean {
  try {
    return isBefore(JSON.parse(line) as LogRecord, step);
  } catch {
    return false; // cut short when the process died
  }
}

/**
 * Cuts a log off at the first line that a run with `step` steps done has not written, and makes it if it is not there.
 *
 * Lines stand in the order of their steps, so that everything after that line is to come again.
 */
export async function keepLogBefore(path: string, step: number): Promise<void> {
  const file = await open(path, 'a');
  const { size } = await file.stat();
  await file.close();
  let kept = 0;
  const stream = createReadStream(path);
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    const end = kept + Buffer.byteLength(line) + 1;
    if (step === 0 || end > size || !isWhole(line, step)) break;
    kept = end;
  }
  stream.destroy();
  await truncate(path, kept);
}
