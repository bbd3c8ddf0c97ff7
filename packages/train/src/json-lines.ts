import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/** One step's figures. */
export interface StepRecord {
  readonly type: 'step';
  readonly step: number;
  readonly epoch: number;
  readonly learningRate: number;
  readonly loss: number;
  readonly parts: Readonly<Record<string, number>>;
  /** What depends on the machine, so that logs of equal runs are equal but for this. Seconds; images per second. */
  readonly time: Readonly<Record<string, number>>;
}

/** One epoch's figures: the means of its steps, and what the method reported before it. */
export interface EpochRecord {
  readonly type: 'epoch';
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly parts: Readonly<Record<string, number>>;
  readonly before: Readonly<Record<string, number>>;
  readonly time: Readonly<Record<string, number>>;
}

export type LogRecord = StepRecord | EpochRecord;

/** Where a run says what it does: give {@link pretrain} any number of them. */
export interface Logger {
  /** Before the first step. */
  start?(run: {
    readonly name: string;
    readonly epochs: number;
    readonly stepsPerEpoch: number;
    readonly step: number;
  }): void;
  /** Something other than steps begins, clustering for example. */
  phase?(name: string): void;
  log(record: LogRecord): void;
  close(): Promise<void>;
}

/**
 * Writes one JSON object a line to a file, appending to what is there.
 *
 * @example
 * ```ts
 * const log = jsonLines('runs/hcsc/log.jsonl');
 * ```
 */
export function jsonLines(path: string): Logger {
  const stream = createWriteStream(path, { flags: 'a' });
  let failure: Error | null = null;
  stream.on('error', (error) => {
    failure = error;
  });
  return {
    log(record) {
      if (failure) throw new Error(`Cannot write ${path}: ${failure.message}`, { cause: failure });
      stream.write(`${JSON.stringify(record)}\n`);
    },
    async close() {
      stream.end();
      await finished(stream);
    },
  };
}
