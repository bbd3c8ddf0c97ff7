import { existsSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { openSafetensors, readLayersModel } from '@hcsc/weights';
import { evaluationView } from '../evaluation-view.js';
import { isRun } from '../is-run.js';
import { jsonObject } from '../json-object.js';
import type { Logger } from '../logger.js';
import { buildMethod, pretrain } from '../pretrain.js';
import { readRun } from '../read-run.js';
import type { Recipe } from '../recipe.js';
import { RunDiffersError } from '../run-differs-error.js';
import { RUN_FILES } from '../run-files.js';
import { runDifferences, runIdentity } from '../run-identity.js';
import { whoMakesViews } from '../step-images.js';
import type { MiningEncoder } from './mining-encoder.js';
import { modelEncoder } from './model-encoder.js';
import type { PairContext } from './pair-plan.js';
import { recipeOptions } from './recipe-options.js';
import { told } from './told.js';
import { weightsDigest } from './weights-digest.js';

/** Options of {@link trainedEncoder}. */
export interface TrainedEncoderOptions {
  /** The run folder it is trained into, or was. Default: one of the recipe's name, beside the run that needs it. */
  folder?: string;
}

/** Those who follow the run that needs the encoder go on afterwards. */
const stayingOpen = (loggers: readonly Logger[]): Logger[] =>
  loggers.map((logger) => ({
    start: (run) => logger.start?.(run),
    phase: (name) => logger.phase?.(name),
    notice: (message) => logger.notice?.(message),
    log: (record) => logger.log(record),
    flush: () => logger.flush?.(),
    close: async () => logger.flush?.(),
  }));

/** What the run in a folder was begun with; null where nothing tells. */
async function recipeOf(folder: string): Promise<Record<string, unknown> | null> {
  try {
    const file = await openSafetensors(join(folder, RUN_FILES.checkpoints, 'latest.safetensors'));
    await file.close();
    return JSON.parse(file.metadata.position!).recipe;
  } catch {
    return null;
  }
}

async function identityOf(recipe: Recipe): Promise<Record<string, unknown>> {
  const source = await recipe.data.train();
  const method = buildMethod(recipe, source);
  try {
    return runIdentity(recipe, method, { viewsOn: whoMakesViews(recipe, source), source });
  } finally {
    method.dispose();
  }
}

/** Is there a run that is done? One of another recipe is refused. */
async function isFinished(folder: string, now: Record<string, unknown>): Promise<boolean> {
  if (!(await isRun(folder)) || (await readRun(folder)).state !== 'finished') return false;
  if (!existsSync(join(folder, RUN_FILES.encoder, 'model.json'))) return false;
  const config = await jsonObject(join(folder, RUN_FILES.config));
  // What stands beside the recipe in config.json is none of it.
  const then =
    (await recipeOf(folder)) ??
    Object.fromEntries(Object.entries(config ?? {}).filter(([key]) => Object.hasOwn(now, key)));
  const { foundPairs: _, ...begun } = then;
  const differences = runDifferences(begun, now);
  if (differences.length > 0) throw new RunDiffersError(folder, differences);
  return true;
}

/**
 * The encoder of a recipe, trained when it is needed first: into a run folder of its own, resumable as any run. A run of
 * that recipe that is done is used as it is.
 *
 * Images are shown to it as its own recipe shows them.
 *
 * @throws `identify` and `open` reject with a RunDiffersError if the folder has a run of another recipe, with Error if the
 *   encoder's folder is that of the run that needs it, if its recipe needs an encoder of itself, or as `pretrain` does.
 *
 * @example
 * ```ts
 * const pairs = minedPairs({ encoder: trainedEncoder(moco), miner: semanticPairs() });
 * ```
 */
export function trainedEncoder(recipe: Recipe, { folder }: TrainedEncoderOptions = {}): MiningEncoder {
  const name = `${recipe.name}, trained`;
  const placeOf = (context: PairContext) => {
    const place = folder ?? join(context.runs, recipe.name);
    if (`${resolve(context.folder)}${sep}`.startsWith(`${resolve(place)}${sep}`)) {
      throw new Error(
        `Cannot train the encoder ${recipe.name} into ${place}: that is the run which needs it. Give one of the two another name, or trainedEncoder a folder`,
      );
    }
    return place;
  };
  const prepare = evaluationView(recipe);
  let identity: Promise<Record<string, unknown>> | null = null;
  const identified = () => {
    identity ??= identityOf(recipe).catch((error) => {
      identity = null;
      throw error;
    });
    return identity;
  };
  return Object.freeze<MiningEncoder>({
    name,
    get options() {
      return { recipe: recipeOptions(recipe) };
    },
    prepare,
    async identify(context) {
      const place = placeOf(context);
      const run = await identified();
      const weights = (await isFinished(place, run)) ? await weightsDigest(place) : null;
      return { run, weights };
    },
    async open(context) {
      const { source, loggers, signal, compile, workers } = context;
      const place = placeOf(context);
      if (!(await isFinished(place, await identified()))) {
        told(context).notice(`Training the encoder ${recipe.name} first, into ${place}`);
        const options = { folder: place, loggers: stayingOpen(loggers), signal, compile, workers };
        const { method, interrupted } = await pretrain(recipe, options);
        method.dispose();
        if (interrupted) {
          signal?.throwIfAborted();
          throw new Error(`The training of ${recipe.name} was interrupted`);
        }
      }
      const model = await readLayersModel(join(place, RUN_FILES.encoder));
      return modelEncoder(model, { name, source, prepare });
    },
  });
}
