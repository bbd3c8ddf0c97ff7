import type { LogRecord } from './log-record.js';

/** What a run is, to those who follow it. */
export interface RunStart {
  readonly name: string;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** Steps that earlier sittings have done. */
  readonly step: number;
}

/** Where a run says what it does: give `pretrain` any number of them. */
export interface Logger {
  /** Before the first step. */
  start?(run: RunStart): void;
  /** Something other than steps begins, clustering for example. */
  phase?(name: string): void;
  /** Something that its user should know, and that is no figure: a checkpoint that could not be read, for example. */
  notice?(message: string): void;
  log(record: LogRecord): void;
  /** Before a checkpoint is written: what was logged must be on the disk, as the run goes on after it. */
  flush?(): void | Promise<void>;
  close(): Promise<void>;
}
