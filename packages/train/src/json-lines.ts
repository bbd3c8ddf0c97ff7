import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { Logger } from './logger.js';

/**
 * Writes one JSON object a line to a file, appending to what is there; each line is with the system when `log` returns.
 *
 * @throws Error that names the file, if it cannot be opened or written; a line that was begun is taken back.
 *
 * @example
 * ```ts
 * const log = jsonLines('runs/hcsc/log.jsonl');
 * ```
 */
export function jsonLines(path: string): Logger {
  const file = openSync(path, 'a');
  return {
    log(record) {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      const before = fstatSync(file).size;
      try {
        for (let at = 0; at < line.length; ) at += writeSync(file, line, at);
      } catch (error) {
        ftruncateSync(file, before);
        throw new Error(`Cannot write ${path}: ${(error as Error).message}`, { cause: error });
      }
    },
    flush: () => fdatasyncSync(file),
    async close() {
      closeSync(file);
    },
  };
}
