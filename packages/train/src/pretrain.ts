import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageSource } from '@hcsc/data';
import { hierarchyTensors } from '@hcsc/kmeans';
import { createRng, type Rng } from '@hcsc/random';
import { saveLayersModel, writeFileAtomically, writeSafetensors } from '@hcsc/weights';
import { CHECKPOINT, readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { evaluationView } from './evaluation-view.js';
import { jsonLines, type Logger, type LogRecord } from './json-lines.js';
import { keepLogBefore } from './keep-log-before.js';
import type { Method } from './method.js';
import type { Recipe } from './recipe.js';
import { refuseOther, runIdentity } from './run-identity.js';
import type { Optimizer } from './sgd.js';
import { type StepImagesBatch, stepImages } from './step-images.js';
import { type TrainStep, trainStep } from './train-step.js';

export interface PretrainOptions {
  /** The run folder; created if it is not there. */
  folder: string;
  /** Next to the run's own `log.jsonl`. */
  loggers?: readonly Logger[];
  /** On abort the current step is finished, everything is written, and the result says `interrupted`. */
  signal?: AbortSignal;
  /**
   * What to do if the folder holds a run already: `'refuse'` (default), `'resume'` from its checkpoint, or
   * `'replace'` it.
   */
  existing?: 'refuse' | 'resume' | 'replace';
  /**
   * Compile the training step where the backend can. Default true; false for a method that reads tensors in its step.
   */
  compile?: boolean;
  /** Threads that decode images and make views, where these are not made on the device. Default: one per processor. */
  workers?: number;
  /** More to write into `config.json`, about the machine for example; resuming does not compare it. */
  details?: Readonly<Record<string, unknown>>;
}

export interface PretrainResult {
  /** The trained method; the caller disposes it. */
  readonly method: Method;
  readonly source: ImageSource;
  /** Steps done, over all sittings. */
  readonly steps: number;
  /** Seconds trained, over all sittings. */
  readonly seconds: number;
  readonly interrupted: boolean;
}

const LOG = 'log.jsonl';
const HIERARCHY = 'hierarchy.safetensors';
const ENCODER = 'encoder';

/** What a run that starts anew takes away first. */
const OUTPUTS = [CHECKPOINT, HIERARCHY, ENCODER];

/** Builds the method of a recipe, the same one each time. */
export function buildMethod(recipe: Recipe, source: ImageSource): Method {
  const stepsPerEpoch = stepsOf(recipe, source);
  return recipe.method({
    rng: createRng(recipe.seed).fork('method'),
    imageShape: source.shape,
    epochs: recipe.epochs,
    batchSize: recipe.batchSize,
    stepsPerEpoch,
    settings: recipe.settings ?? {},
  });
}

function stepsOf(recipe: Recipe, source: ImageSource): number {
  const steps = Math.floor(source.length / recipe.batchSize);
  if (steps < 1) {
    throw new RangeError(
      `Cannot train on ${source.length} images in batches of ${recipe.batchSize}: give at least ${recipe.batchSize} images, or smaller batches`,
    );
  }
  return steps;
}

function makeOptimizer(recipe: Recipe, method: Method): Optimizer {
  try {
    return recipe.optimizer.create(method.parameters);
  } catch (error) {
    method.dispose();
    throw error;
  }
}

/**
 * Trains a recipe into a run folder.
 *
 * The folder gets `config.json` (the recipe as it ran), `log.jsonl` (a line a step and an epoch), and at the end of
 * each epoch and when interrupted `encoder/` (the encoder in TensorFlow.js's format), `hierarchy.safetensors` (if the
 * method clusters) and `checkpoint.safetensors` (all that is needed to go on). All randomness comes from forks of the recipe's seed named by epoch and
 * step, so that an interrupted run goes on as if it had not been.
 *
 * @throws Error if the folder holds a run and `existing` is `'refuse'`, or `'resume'` and the run was made by another
 * recipe; what is there stays.
 *
 * @example
 * ```ts
 * const { method } = await pretrain(recipe, { folder: 'runs/hcsc', loggers: [progressLog()] });
 * ```
 */
export async function pretrain(
  recipe: Recipe,
  { folder, loggers = [], signal, existing = 'refuse', compile = true, workers, details = {} }: PretrainOptions,
): Promise<PretrainResult> {
  const source = await recipe.data.train();
  const stepsPerEpoch = stepsOf(recipe, source);
  const rng = createRng(recipe.seed);
  const images = stepImages(recipe, source, rng, workers);
  const method = buildMethod(recipe, source);
  const optimizer = makeOptimizer(recipe, method);
  const prepare = evaluationView(recipe);
  const training = trainStep({ method, views: images.views, optimizer, compile });
  const all: Logger[] = [...loggers];
  try {
    if (recipe.views.views.length !== method.views) {
      throw new RangeError(
        `${method.name} needs ${method.views} views, and the recipe makes ${recipe.views.views.length}`,
      );
    }
    const settled = runIdentity(recipe, method, images.viewsOn);
    let position = { step: 0, sums: {} as Record<string, number>, before: {} as Record<string, number>, seconds: 0 };
    const found = existsSync(join(folder, CHECKPOINT));
    if (found && existing === 'refuse') {
      throw new Error(`${folder} holds a run: resume it, replace it, or give another folder`);
    }
    if (found && existing === 'resume') {
      const checkpoint = await readCheckpoint(folder);
      refuseOther(folder, checkpoint.position.recipe, settled);
      checkpoint.restore(method, optimizer);
      const { step, sums, before, seconds } = checkpoint.position;
      position = { step, sums: { ...sums }, before: { ...before }, seconds };
    }
    await mkdir(folder, { recursive: true });
    if (position.step === 0) {
      for (const file of OUTPUTS) await rm(join(folder, file), { recursive: true, force: true });
    }
    await writeFileAtomically(join(folder, 'config.json'), `${JSON.stringify({ ...settled, ...details }, null, 2)}\n`);
    await keepLogBefore(join(folder, LOG), position.step);
    all.push(jsonLines(join(folder, LOG)));

    const save = async () => {
      await saveLayersModel(method.encoder, join(folder, ENCODER));
      if (method.hierarchy) await writeSafetensors(join(folder, HIERARCHY), hierarchyTensors(method.hierarchy));
      await writeCheckpoint(folder, method, optimizer, { ...position, recipe: settled });
    };
    const stop = async () => {
      await save();
      return { method, source, steps: position.step, seconds: position.seconds, interrupted: true };
    };
    const log = (record: LogRecord) => {
      for (const logger of all) logger.log(record);
    };
    for (const logger of all)
      logger.start?.({ name: recipe.name, epochs: recipe.epochs, stepsPerEpoch, step: position.step });

    for (let epoch = Math.floor(position.step / stepsPerEpoch); epoch < recipe.epochs; epoch++) {
      const from = position.step - epoch * stepsPerEpoch;
      const epochStart = performance.now();
      const secondsBefore = position.seconds;
      if (from === 0) {
        for (const logger of all) logger.phase?.('before epoch');
        const own = rng.fork(`epoch ${epoch}`);
        const context = { epoch, epochs: recipe.epochs, source, prepare, rng: own, signal };
        const before = await unlessAborted(() => method.beforeEpoch?.(context), signal);
        if (before === 'aborted') return await stop();
        position.before = { ...before };
        if (method.beforeEpoch) training.reset();
      }
      const beforeSeconds = (performance.now() - epochStart) / 1000;
      const stepsStart = performance.now();
      let waiting = 0;
      let asked = performance.now();
      for await (const batch of images.batches(epoch, { from })) {
        const waited = (performance.now() - asked) / 1000;
        waiting += waited;
        const record = await step(recipe, training, batch, waited, position.step, epoch, stepsPerEpoch, rng);
        log(record);
        for (const [name, value] of Object.entries({ loss: record.loss, ...record.parts })) {
          position.sums[name] = (position.sums[name] ?? 0) + value;
        }
        position.step++;
        position.seconds = secondsBefore + (performance.now() - epochStart) / 1000;
        if (signal?.aborted) break;
        asked = performance.now();
      }
      if (position.step < (epoch + 1) * stepsPerEpoch) return await stop();
      const { loss, ...parts } = Object.fromEntries(
        Object.entries(position.sums).map(([name, sum]) => [name, sum / stepsPerEpoch]),
      );
      const stepSeconds = (performance.now() - stepsStart) / 1000;
      log({
        type: 'epoch',
        step: position.step,
        epoch,
        loss: loss!,
        parts,
        before: position.before,
        time: {
          beforeEpoch: beforeSeconds,
          steps: stepSeconds,
          waiting,
          imagesPerSecond: ((stepsPerEpoch - from) * recipe.batchSize) / stepSeconds,
        },
      });
      position = { ...position, sums: {}, before: {} };
      await save();
    }
    return { method, source, steps: position.step, seconds: position.seconds, interrupted: false };
  } catch (error) {
    method.dispose();
    throw error;
  } finally {
    training.dispose();
    optimizer.dispose();
    for (const logger of all) await logger.close();
  }
}

async function step(
  recipe: Recipe,
  training: TrainStep,
  batch: StepImagesBatch,
  waited: number,
  step: number,
  epoch: number,
  stepsPerEpoch: number,
  rng: Rng,
): Promise<LogRecord & { type: 'step' }> {
  const started = performance.now();
  const learningRate = recipe.schedule.learningRate(recipe.optimizer.learningRate, {
    step,
    stepsPerEpoch,
    epochs: recipe.epochs,
  });
  try {
    const { indices, labels } = batch;
    const own = rng.fork(`step ${step}`);
    const { loss, parts } = await training.run(batch.images, { indices, labels, rng: own }, learningRate);
    if (!Number.isFinite(loss)) {
      throw new Error(`The loss is ${loss} at step ${step} (${JSON.stringify(parts)}): try a lower learning rate`);
    }
    const seconds = (performance.now() - started) / 1000;
    return {
      type: 'step',
      step,
      epoch,
      learningRate,
      loss,
      parts,
      time: { step: seconds, waiting: waited, imagesPerSecond: recipe.batchSize / seconds },
    };
  } finally {
    batch.dispose();
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
