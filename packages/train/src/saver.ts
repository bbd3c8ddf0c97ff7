import type { RunPosition } from './checkpoint.js';
import type { Logger } from './logger.js';
import type { RunFolder } from './run-folder.js';

/** Writes a run's checkpoints, and knows when and how long it did. */
export interface Saver {
  /**
   * Flushes the logs and writes the checkpoint.
   *
   * @throws Error that says what was not written, and why.
   */
  save(position: RunPosition, options?: { best?: boolean }): Promise<void>;
  /** The last good checkpoint, as a sentence. */
  lastGood(): string;
  /** Minutes since the last one was written, or since the start. */
  minutes(): number;
  /** Seconds spent since this was asked last. */
  seconds(): number;
}

export function saver(run: RunFolder, loggers: readonly Logger[]): Saver {
  let savedAt = performance.now();
  let spent = 0;
  return {
    lastGood() {
      const { last } = run.checkpoints;
      return last ? `The last good checkpoint is ${last.path} (step ${last.step})` : 'There is no checkpoint yet';
    },
    async save(position, { best = false } = {}) {
      const started = performance.now();
      try {
        // A run goes on after its last checkpoint: what was logged before it must not be lost.
        for (const logger of loggers) await logger.flush?.();
        await run.save(position, { best });
      } catch (error) {
        const { message } = error as Error;
        throw new Error(`Cannot write the checkpoint of step ${position.step}: ${message}`, { cause: error });
      }
      savedAt = performance.now();
      spent += (savedAt - started) / 1000;
    },
    minutes: () => (performance.now() - savedAt) / 60_000,
    seconds() {
      const seconds = spent;
      spent = 0;
      return seconds;
    },
  };
}
