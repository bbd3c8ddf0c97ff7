import { extname } from 'node:path';
import { type PositiveMiner, type SemanticPairsOptions, semanticPairs } from '@hcsc/samplers';
import {
  encoderFrom,
  type MinedPairsPlan,
  type MiningEncoder,
  minedPairs,
  type PairPlan,
  type Recipe,
  trainedEncoder,
} from '@hcsc/train';
import { loadRecipe } from '../load-recipe.js';

/** What `hcsc mine` is told of the pairs to find; what it is not told is the recipe's. */
export interface MinePlanOptions {
  /** Weights, a folder of them, a run, or the recipe of an encoder that is trained first. */
  readonly encoder?: string;
  readonly lower?: number;
  readonly upper?: number;
  readonly target?: number;
  readonly share?: number;
}

/** Files that are programs, not weights. */
const PROGRAM = /^\.[cm]?[jt]s$/;

async function encoderOf(path: string): Promise<MiningEncoder> {
  return PROGRAM.test(extname(path)) ? trainedEncoder(await loadRecipe(path)) : encoderFrom(path);
}

/** The miner that was there, with other thresholds. */
function minerOf(name: string, was: PositiveMiner | undefined, asked: SemanticPairsOptions): PositiveMiner {
  if (Object.values(asked).every((value) => value === undefined)) return was ?? semanticPairs();
  if (was && was.name !== 'semanticPairs') {
    throw new Error(
      `The pairs of ${name} are mined by ${was.name}: --lower, --upper and --target are for semanticPairs`,
    );
  }
  const { lower, upper, target } = (was?.options ?? {}) as SemanticPairsOptions;
  const limits = asked.lower === undefined && asked.target === undefined ? { lower, target } : asked;
  return semanticPairs({ lower: limits.lower, target: limits.target, upper: asked.upper ?? upper });
}

/**
 * The plan that is asked for: the recipe's, with another encoder, other thresholds or another share.
 *
 * @throws Error if there is no encoder to mine with, or what is asked for cannot be changed in the recipe's plan; what
 *   `semanticPairs` and `minedPairs` throw.
 */
export async function minePlan({ name, pairs }: Recipe, options: MinePlanOptions): Promise<PairPlan> {
  const { encoder: path, lower, upper, target, share } = options;
  const isAsked = Object.values({ path, lower, upper, target, share }).some((value) => value !== undefined);
  if (pairs && !isAsked) return pairs;
  const parts = (pairs as Partial<MinedPairsPlan> | undefined)?.parts;
  if (path === undefined && !parts) {
    throw new Error(
      pairs
        ? `The pairs of ${name} are those of ${pairs.name}, which cannot be changed: give --encoder to mine others`
        : `${name} has no pairs of its own: give --encoder to mine some with, weights, a run or a recipe`,
    );
  }
  const encoder = path === undefined ? parts!.encoder : await encoderOf(path);
  const miner = minerOf(name, parts?.miner, { lower, upper, target });
  return minedPairs({ ...parts, encoder, miner, share: share ?? parts?.share });
}
