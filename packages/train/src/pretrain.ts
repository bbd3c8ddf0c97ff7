import { join } from 'node:path';
import { type ImageSource, pairedSource } from '@hcsc/data';
import { createRng } from '@hcsc/random';
import type { MinedPairs } from '@hcsc/samplers';
import { equalParts } from './equal-parts.js';
import { evaluationView } from './evaluation-view.js';
import { jsonLines } from './json-lines.js';
import type { Logger } from './logger.js';
import type { Method } from './method.js';
import { collapse } from './monitors/collapse.js';
import type { Optimizer } from './optimizer.js';
import type { PairContext } from './pairs/pair-plan.js';
import { pairsIdentity, recipePairs, refuseOtherPairs } from './pairs/recipe-pairs.js';
import type { Recipe } from './recipe.js';
import { RUN_FILES, type RunStatus } from './run-files.js';
import { checkRunFolder, openRun } from './run-folder.js';
import { runIdentity } from './run-identity.js';
import { lockRun } from './run-lock.js';
import { stepImages } from './step-images.js';
import { type FinishedEpoch, trainEpochs } from './train-epochs.js';
import { trainStep } from './train-step.js';

/** Where {@link pretrain} keeps a run, and how it goes about it. */
export interface PretrainOptions {
  /** The run folder; created if it is not there. */
  folder: string;
  /** Next to the run's own `log.jsonl`. */
  loggers?: readonly Logger[];
  /** On abort the current step is finished, everything is written, and the result says `interrupted`. */
  signal?: AbortSignal;
  /**
   * What to do if the folder holds a run already: `'resume'` from its newest checkpoint (default; refused if the recipe
   * differs), `'replace'` it, or `'refuse'`.
   */
  existing?: 'resume' | 'replace' | 'refuse';
  /** Resume although the recipe differs. Default false. */
  force?: boolean;
  /**
   * Compile the training step where the backend can. Default true; false for a method that reads tensors in its step.
   */
  compile?: boolean;
  /** Threads that decode images and make views, where these are not made on the device. Default: one per processor. */
  workers?: number;
  /** Who follows the search for the recipe's pairs: `loggers` an encoder that is trained for it, `onProgress` the rest. */
  findingPairs?: Partial<Pick<PairContext, 'loggers' | 'onProgress'>>;
  /** More to write into `config.json`, about the machine for example; resuming does not compare it. */
  details?: Readonly<Record<string, unknown>>;
  /** After each epoch, once its checkpoint is written: to draw histograms, for example. The method stays the run's own. */
  afterEpoch?(epoch: FinishedEpoch): void | Promise<void>;
}

/** What {@link pretrain} gives back. */
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

/**
 * Builds the method of a recipe, the same one each time.
 *
 * @param pairs What it is to be trained on besides the images. Default: none are known yet of a recipe with pairs; the method is
 *   built as for training, to be looked at.
 * @throws TypeError if the recipe has pairs, and its method does not look at `context.pairs`.
 */
export function buildMethod(recipe: Recipe, source: ImageSource, pairs: MinedPairs | null = null): Method {
  if (pairs || !recipe.pairs) return methodOf(recipe, source, pairs, stepsOf(recipe, trainingItems(source, pairs)));
  // There may be fewer images than a batch has, and pairs that fill it.
  const { stepsPerEpoch = Math.max(1, Math.floor(source.length / recipe.batchSize)) } = recipe;
  return methodOf(recipe, source, noPairs(source), stepsPerEpoch);
}

const noPairs = ({ length: images }: ImageSource): MinedPairs => ({
  images,
  pairs: new Int32Array(0),
  similarities: new Float32Array(0),
  duplicates: new Int32Array(0),
});

function methodOf(recipe: Recipe, source: ImageSource, pairs: MinedPairs | null, stepsPerEpoch: number): Method {
  let isTaken = pairs === null;
  const method = recipe.method({
    rng: createRng(recipe.seed).fork('method'),
    imageShape: source.shape,
    epochs: recipe.epochs,
    batchSize: recipe.batchSize,
    stepsPerEpoch,
    get pairs() {
      isTaken = true;
      return pairs;
    },
    settings: recipe.settings ?? {},
  });
  if (isTaken) return method;
  method.dispose();
  throw new TypeError(
    `Cannot train ${recipe.name} on pairs: its method does not take context.pairs, and would have images for negatives of their partners`,
  );
}

/** The images, and the pairs among them, as one training set. */
const trainingItems = (source: ImageSource, pairs: MinedPairs | null): ImageSource =>
  pairs ? pairedSource(source, pairs.pairs) : source;

function stepsOf(recipe: Recipe, source: ImageSource): number {
  const steps = Math.floor(source.length / recipe.batchSize);
  if (steps < 1) {
    throw new RangeError(
      `Cannot train on ${source.length} images in batches of ${recipe.batchSize}: give at least ${recipe.batchSize} images, or smaller batches`,
    );
  }
  const { stepsPerEpoch = steps } = recipe;
  if (!Number.isInteger(stepsPerEpoch) || stepsPerEpoch < 1 || stepsPerEpoch > steps) {
    throw new RangeError(
      `Cannot train epochs of ${stepsPerEpoch} steps: give stepsPerEpoch as an integer from 1 to ${steps}, the batches there are`,
    );
  }
  return stepsPerEpoch;
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
 * Trains a recipe into a run folder; one with `pairs` on these too, which are found first, into `pairs/`.
 *
 * The folder gets `config.json` (the recipe as it ran), `log.jsonl` (a line a step and an epoch), and at the end of
 * each epoch and when interrupted `checkpoints/` (all that is needed to go on), `encoder/` (the encoder in TensorFlow.js's
 * format) and `hierarchy.safetensors` (if the method clusters). All randomness comes from forks of the recipe's seed named
 * by epoch and step, so that a run that was interrupted, or killed at any moment, goes on as if it had not been.
 *
 * @throws Error if the folder holds a run that is not to be resumed, or cannot be: made by another recipe (with each
 *   difference), in use by another process, without a checkpoint that is whole; what is there stays. Error if the loss or a
 *   weight is not finite or a monitor stops the run, with the step, what is wrong, and the last good checkpoint.
 *
 * @example
 * ```ts
 * const { method } = await pretrain(recipe, { folder: 'runs/hcsc', loggers: [progressLog()] });
 * ```
 */
export async function pretrain(recipe: Recipe, options: PretrainOptions): Promise<PretrainResult> {
  const { folder, loggers = [], signal, existing = 'resume', force = false, compile = true } = options;
  const { workers, findingPairs, details = {}, afterEpoch } = options;
  equalParts(recipe.batchSize, recipe.accumulate ?? 1);
  const watches = (recipe.monitors ?? [collapse()]).map((monitor) => monitor.start());
  const source = await recipe.data.train();
  await checkRunFolder(folder, existing);
  if (existing === 'resume' && !force) await refuseOtherPairs(recipe, folder);
  // Finding pairs may take long: a method that would ignore them is refused before.
  if (recipe.pairs) buildMethod(recipe, source).dispose();
  let pairs: MinedPairs | null;
  try {
    pairs = await recipePairs(recipe, source, { loggers: [], ...findingPairs, folder, signal, compile, workers });
  } catch (error) {
    if (!signal?.aborted) throw error;
    for (const logger of loggers) await logger.close();
    return { method: buildMethod(recipe, source), source, steps: 0, seconds: 0, interrupted: true };
  }
  const items = trainingItems(source, pairs);
  const stepsPerEpoch = stepsOf(recipe, items);
  const rng = createRng(recipe.seed);
  const images = stepImages(recipe, items, rng, workers);
  const method = buildMethod(recipe, source, pairs);
  const optimizer = makeOptimizer(recipe, method);
  const { accumulate } = recipe;
  const training = trainStep({ method, views: images.views, optimizer, compile, accumulate });
  const all: Logger[] = [...loggers];
  let unlock: (() => Promise<void>) | null = null;
  let ended = async (_status: RunStatus): Promise<void> => {};
  let done = 0;
  const steps = recipe.epochs * stepsPerEpoch;
  try {
    if (recipe.views.views.length !== method.views) {
      throw new RangeError(
        `${method.name} needs ${method.views} views, and the recipe makes ${recipe.views.views.length}`,
      );
    }
    unlock = await lockRun(folder);
    const run = await openRun(folder, method, optimizer, {
      existing,
      force,
      settled: {
        ...runIdentity(recipe, method, { viewsOn: images.viewsOn, source }),
        ...(pairs && { foundPairs: pairsIdentity(pairs) }),
      },
      stepsPerEpoch,
      details,
      checkpoints: recipe.checkpoints ?? {},
      notice: (message) => {
        for (const logger of all) logger.notice?.(message);
      },
      // So that an alarm comes at the same record, and once, however often the run is interrupted.
      replay: (record) => {
        if (record.type !== 'warning') for (const watch of watches) watch(record);
      },
    });
    ended = run.end;
    done = run.position.step;
    all.push(jsonLines(join(folder, RUN_FILES.log)));
    for (const logger of all) logger.start?.({ name: recipe.name, epochs: recipe.epochs, stepsPerEpoch, step: done });
    const { position, interrupted } = await trainEpochs(run, {
      ...{ recipe, method, source, images, training, stepsPerEpoch, rng, loggers: all, watches, signal, afterEpoch },
      prepare: evaluationView(recipe),
      onStep: (step) => {
        done = step;
      },
    });
    await ended({ state: interrupted ? 'interrupted' : 'finished', step: position.step, steps });
    return { method, source, steps: position.step, seconds: position.seconds, interrupted };
  } catch (error) {
    method.dispose();
    // The disk may be full: what went wrong first is what must be said.
    await ended({ state: 'failed', step: done, steps, message: (error as Error).message }).catch(() => undefined);
    throw error;
  } finally {
    training.dispose();
    optimizer.dispose();
    try {
      for (const logger of all) await logger.close();
    } finally {
      await unlock?.();
    }
  }
}
