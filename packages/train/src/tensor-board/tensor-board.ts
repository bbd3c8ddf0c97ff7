import type { LogRecord } from '../log-record.js';
import type { Logger } from '../logger.js';
import {
  histogramValue,
  imageValue,
  scalarValue,
  sessionStartEvent,
  summaryEvent,
  type ValueStyle,
  versionEvent,
} from './event.js';
import { type EventFile, eventFile } from './event-file.js';
import { histogramBuckets } from './histogram-buckets.js';
import { pngHeader } from './png-header.js';

/** What {@link tensorBoard} writes, and how often. */
export interface TensorBoardOptions {
  /**
   * `'tensors'` (default) as TensorFlow 2 writes them, or `'classic'` as TensorFlow 1 and PyTorch do, for scripts that read
   * `EventAccumulator(...).Scalars(tag)`. TensorBoard shows both.
   */
  style?: ValueStyle;
  /** Write the figures of every so many-th step. Default 1, all of them; epochs are always written. */
  every?: number;
}

/** A {@link Logger} to which more than figures can be given. */
export interface TensorBoard extends Logger {
  /** One figure more, of a step counted from 0. */
  scalar(tag: string, value: number, step: number): void;
  /** The values' distribution, in 30 buckets of equal width. */
  histogram(tag: string, values: Float32Array, step: number): void;
  /** A PNG, which says its size itself. */
  image(tag: string, png: Uint8Array, step: number): void;
}

/**
 * Writes what a run says to a file that TensorBoard reads: `tensorboard --logdir runs`.
 *
 * Tags are the log's names: `step/loss`, `step/learningRate`, `step/parts/icsc`, `step/time/waiting`, `epoch/loss`,
 * `epoch/before/...`. An epoch's figures are at its last step. Every sitting of a run begins a file of its own with the
 * session start of TensorFlow's event format, so that figures of steps that are done again are not shown twice.
 * (TensorBoard's faster reader, the default, drops a tag's void values when the tag's next value comes.)
 * Records are with the system when a method returns, and on the disk after each epoch.
 *
 * The file is begun by `start`, or by the first value if that comes earlier; without `start` nothing earlier becomes void.
 *
 * @throws Error if the file cannot be written, or is closed.
 * @throws RangeError if a step is no integer from 0 on, a tag is empty, a histogram has no values or one that is not finite.
 * @throws TypeError if an image is no PNG.
 *
 * @example
 * ```ts
 * const board = tensorBoard('runs/hcsc');
 * await pretrain(recipe, { folder: 'runs/hcsc', loggers: [board] });
 *
 * // While it runs, from the method's `beforeEpoch` for example:
 * board.histogram('concentration/level1', concentrations, step);
 * board.image('nearest', png, step);
 * ```
 */
export function tensorBoard(folder: string, { style = 'tensors', every = 1 }: TensorBoardOptions = {}): TensorBoard {
  if (!Number.isInteger(every) || every < 1) {
    throw new RangeError(`Cannot write every ${every}th step: give an integer from 1 on`);
  }
  let file: EventFile | null = null;
  let closed = false;

  const opened = (): EventFile => {
    if (closed)
      throw new Error(`The event file in ${folder} is closed: make another tensorBoard() for what comes later`);
    if (!file) {
      file = eventFile(folder, now());
      file.append(versionEvent(now()));
    }
    return file;
  };
  const write = (step: number, values: readonly Uint8Array[]) => {
    opened().append(summaryEvent(now(), step, values));
  };
  return {
    start({ step }) {
      opened().append(sessionStartEvent(now(), checkedStep('the start', step)));
    },
    log(record) {
      // A warning is a sentence about figures that are here already.
      if (record.type === 'warning' || (record.type === 'step' && record.step % every !== 0)) return;
      const values = figures(record).map(([tag, value]) => scalarValue(tag, value, style));
      // An epoch's record has the number of the step after it, which a resumed run does again and an earlier file must not hold.
      write(record.type === 'step' ? record.step : Math.max(0, record.step - 1), values);
      if (record.type === 'epoch') opened().sync();
    },
    scalar(tag, value, step) {
      write(checkedStep(tag, step), [scalarValue(tag, value, style)]);
    },
    histogram(tag, values, step) {
      write(checkedStep(tag, step), [
        histogramValue(
          tag,
          naming(tag, () => histogramBuckets(values)),
          style,
        ),
      ]);
    },
    image(tag, png, step) {
      write(checkedStep(tag, step), [
        imageValue(
          tag,
          png,
          naming(tag, () => pngHeader(png)),
          style,
        ),
      ]);
    },
    async close() {
      closed = true;
      const open = file;
      file = null;
      if (!open) return;
      try {
        open.sync();
      } finally {
        open.close();
      }
    },
  };
}

const now = (): number => Date.now() / 1000;

/** Every figure of a record but its place, with `/` between names. */
function figures({ type, step: _step, epoch: _epoch, ...rest }: LogRecord): [tag: string, value: number][] {
  const found: [string, number][] = [];
  const walk = (name: string, value: unknown) => {
    if (typeof value === 'number') found.push([name, value]);
    else if (typeof value === 'object' && value !== null) {
      for (const [inner, part] of Object.entries(value)) walk(`${name}/${inner}`, part);
    }
  };
  walk(type, rest);
  return found;
}

function checkedStep(tag: string, step: number): number {
  if (tag === '') throw new RangeError('A tag needs a name, and an empty one was given');
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new RangeError(`Cannot write ${tag} at step ${step}: give an integer from 0 on`);
  }
  return step;
}

/** Says in an error which value it is about. */
function naming<T>(tag: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof Error) error.message = `Cannot write ${tag}: ${error.message}`;
    throw error;
  }
}
