import { join, resolve, sep } from 'node:path';
import { readLayersModel } from '@hcsc/weights';
import { evaluationView } from '../evaluation-view.js';
import type { Logger } from '../logger.js';
import { pretrain } from '../pretrain.js';
import type { Recipe } from '../recipe.js';
import { RUN_FILES } from '../run-files.js';
import { encoderRunIdentity, isEncoderTrained, ofEncoder } from './encoder-run.js';
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
  let known: Promise<Readonly<Record<string, unknown>>> | null = null;
  /** Kept, as building a method and listing images take their time. */
  const identity = () => {
    known ??= encoderRunIdentity(recipe).catch((error) => {
      known = null;
      throw error;
    });
    return known;
  };
  return Object.freeze<MiningEncoder>({
    name,
    get options() {
      return { recipe: recipeOptions(recipe) };
    },
    prepare,
    async identify(context) {
      const place = placeOf(context);
      const run = await identity();
      return { run, weights: (await isEncoderTrained(place, run)) ? await weightsDigest(place) : null };
    },
    async open(context) {
      const { source, loggers, signal, compile, workers } = context;
      const place = placeOf(context);
      if (!(await isEncoderTrained(place, await identity()))) {
        told(context).notice(`Training the encoder ${recipe.name} first, into ${place}`);
        const options = { folder: place, loggers: stayingOpen(loggers), signal, compile, workers };
        const { method, interrupted } = await pretrain(recipe, options).catch((error) => {
          throw ofEncoder(error);
        });
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
