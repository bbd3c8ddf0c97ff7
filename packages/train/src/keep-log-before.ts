import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { writeFileAtomically } from '@hcsc/weights';
import type { LogRecord } from './json-lines.js';

/** Drops the log's lines of steps that the checkpoint has not done, and everything if the run starts anew. */
export async function keepLogBefore(path: string, step: number): Promise<void> {
  const lines = step > 0 && existsSync(path) ? (await readFile(path, 'utf8')).split('\n') : [];
  const kept = lines.filter((line) => {
    try {
      const record = JSON.parse(line) as LogRecord;
      return record.type === 'step' ? record.step < step : record.step <= step;
    } catch {
      return false; // a line cut short when the process died
    }
  });
  await writeFileAtomically(path, kept.map((line) => `${line}\n`).join(''));
}
