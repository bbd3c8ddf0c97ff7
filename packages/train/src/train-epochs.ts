import { setImmediate } from 'node:timers/promises';
import type { ImageSource } from '@hcsc/data';
import type { RunPosition } from './checkpoint.js';
import { balanceOf, balances, betterEpoch, memoryFigures } from './epoch-figures.js';
import type { Preparation } from './evaluation-view.js';
import type { EpochRecord, FeatureFigures, LogRecord, StepRecord } from './log-record.js';
import type { Logger } from './logger.js';
import type { Method } from './method.js';
import type { Watch } from './monitors/monitor.js';
import type { RunFolder } from './run-folder.js';
import { type Saver, saver } from './saver.js';
import type { StepImages } from './step-images.js';
import { type TrainOneStepOptions, trainOneStep } from './train-one-step.js';
import { withSentence } from './with-sentence.js';

/** An epoch that is done. */
export interface FinishedEpoch {
  readonly epoch: number;
  /** Steps done. */
  readonly step: number;
  readonly method: Method;
  readonly source: ImageSource;
  readonly record: EpochRecord;
}

/** What a run is trained with. */
export interface TrainEpochsOptions extends TrainOneStepOptions {
  readonly source: ImageSource;
  readonly images: StepImages;
  readonly prepare: Preparation;
  readonly loggers: readonly Logger[];
  readonly watches: readonly Watch[];
  readonly signal?: AbortSignal;
  readonly afterEpoch?: (epoch: FinishedEpoch) => void | Promise<void>;
  /** Told how many steps are done, after each. */
  readonly onStep: (step: number) => void;
}

/** Where a sitting ended. */
interface SittingEnd {
  readonly position: RunPosition;
  readonly interrupted: boolean;
}

/**
 * Trains from a run's position to its end, or to its interruption.
 *
 * @throws what goes wrong, with the last good checkpoint in its message.
 */
export async function trainEpochs(run: RunFolder, options: TrainEpochsOptions): Promise<SittingEnd> {
  const checkpoints = saver(run, options.loggers);
  try {
    return await trainFrom(run.position, checkpoints, options);
  } catch (error) {
    throw withSentence(error, checkpoints.lastGood());
  }
}

async function trainFrom(start: RunPosition, checkpoints: Saver, options: TrainEpochsOptions): Promise<SittingEnd> {
  const { recipe, method, source, images, training, stepsPerEpoch, rng, prepare, loggers, watches, signal } = options;
  const { everyEpochs = 1, everyMinutes = 15, best: bestBy } = recipe.checkpoints ?? {};
  let position = start;

  const log = (record: LogRecord) => {
    for (const logger of loggers) logger.log(record);
  };
  const logAndWatch = (record: StepRecord | EpochRecord) => {
    log(record);
    for (const { figure, value, message, stop } of watches.flatMap((watch) => watch(record))) {
      const { step, epoch, type: of } = record;
      log({ type: 'warning', of, step, epoch, figure, value, message });
      if (stop) throw new Error(message);
      for (const logger of loggers) logger.notice?.(checkpoints.lastGood());
    }
  };
  let isBestMissed = false;
  const sayBestLacks = (figure: string, { epoch, before, parts, validation }: EpochRecord) => {
    if (isBestMissed) return;
    isBestMissed = true;
    const names = Object.keys({ loss: 0, ...before, ...parts, ...validation }).join(', ');
    const message = `No checkpoint is the best yet: epoch ${epoch} has no finite ${figure}, it has ${names}`;
    for (const logger of loggers) logger.notice?.(message);
  };
  const interrupted = async () => {
    await checkpoints.save(position);
    return { position, interrupted: true };
  };

  for (let epoch = Math.floor(position.step / stepsPerEpoch); epoch < recipe.epochs; epoch++) {
    const from = position.step - epoch * stepsPerEpoch;
    const lastStep = (epoch + 1) * stepsPerEpoch;
    const started = performance.now();
    const { seconds } = position;
    if (from === 0) {
      for (const logger of loggers) logger.phase?.('before epoch');
      const context = { epoch, epochs: recipe.epochs, source, prepare, rng: rng.fork(`epoch ${epoch}`), signal };
      const before = await unlessAborted(() => method.beforeEpoch?.(context), signal);
      if (before === 'aborted') return await interrupted();
      position = { ...position, before: { ...before, ...(await balances(method)) } };
      // With a key, the step itself knows when it has to be traced again.
      if (method.beforeEpoch && !method.traceKey) training.reset();
    }

    const stepsStarted = performance.now();
    const beforeEpoch = (stepsStarted - started) / 1000;
    const balance = balanceOf(position.before);
    let waiting = 0;
    let features: FeatureFigures | undefined;
    let asked = performance.now();
    for await (const batch of images.batches(epoch, { from })) {
      const waited = (performance.now() - asked) / 1000;
      waiting += waited;
      const { step } = position;
      const time = { waiting: waited, beforeEpoch: step === epoch * stepsPerEpoch ? beforeEpoch : 0 };
      const record = await trainOneStep(options, batch, { step, epoch, balance, time });
      features = record.features;
      position = {
        ...position,
        step: step + 1,
        sums: addedUp(position.sums, { loss: record.loss, ...record.parts }),
        seconds: seconds + (performance.now() - started) / 1000,
      };
      options.onStep(position.step);
      logAndWatch(record);
      // Where nothing in a step waits for the system, only this lets signals and timers through.
      await setImmediate();
      if (signal?.aborted || position.step === lastStep) break;
      if (checkpoints.minutes() > everyMinutes) await checkpoints.save(position);
      asked = performance.now();
    }
    if (position.step < lastStep) return await interrupted();

    const { loss, ...parts } = Object.fromEntries(
      Object.entries(position.sums).map(([name, sum]) => [name, sum / stepsPerEpoch]),
    );
    const steps = (performance.now() - stepsStarted) / 1000;
    const validation = await validate(options, epoch);
    const record: EpochRecord = {
      ...{ type: 'epoch', step: position.step, epoch, loss: loss!, parts, before: position.before },
      ...(features && { features }),
      ...(validation && { validation }),
      time: {
        ...{ beforeEpoch, steps, waiting, saving: checkpoints.seconds() },
        imagesPerSecond: ((stepsPerEpoch - from) * recipe.batchSize) / steps,
      },
      memory: memoryFigures(),
    };
    logAndWatch(record);
    position = { ...position, sums: {}, before: {} };
    if ((epoch + 1) % everyEpochs === 0 || epoch + 1 === recipe.epochs) {
      const better = betterEpoch(record, position.best, bestBy);
      if (bestBy && !better && !position.best && (validation || !recipe.validation))
        sayBestLacks(bestBy.figure, record);
      position = { ...position, best: better ?? position.best };
      await checkpoints.save(position, { best: better !== null });
    }
    await options.afterEpoch?.({ epoch, step: position.step, method, source, record });
  }
  return { position, interrupted: false };
}

function addedUp(
  sums: Readonly<Record<string, number>>,
  figures: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, (sums[name] ?? 0) + value]));
}

async function validate(
  { recipe, method, source, prepare }: TrainEpochsOptions,
  epoch: number,
): Promise<Readonly<Record<string, number>> | null> {
  const { validation, epochs } = recipe;
  if (!validation || ((epoch + 1) % (validation.every ?? 1) !== 0 && epoch + 1 < epochs)) return null;
  try {
    return await validation.figures({ epoch, method, source, prepare });
  } catch (error) {
    throw new Error(`Cannot validate epoch ${epoch}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

/** The work's result, or `'aborted'` if the signal came before it began or made it throw. */
async function unlessAborted<T>(work: () => T | Promise<T>, signal?: AbortSignal): Promise<T | 'aborted'> {
  if (signal?.aborted) return 'aborted';
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted) return 'aborted';
    throw error;
  }
}
