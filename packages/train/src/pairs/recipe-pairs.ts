import { createHash } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import type { ImageSource } from '@hcsc/data';
import type { MinedPairs } from '@hcsc/samplers';
import { checkpointPaths } from '../checkpoint-folder.js';
import { evaluationView } from '../evaluation-view.js';
import { jsonObject } from '../json-object.js';
import type { Recipe } from '../recipe.js';
import { RunDiffersError } from '../run-differs-error.js';
import { RUN_FILES } from '../run-files.js';
import { runDifferences } from '../run-identity.js';
import type { PairContext } from './pair-plan.js';

/** Where and how the pairs of a recipe are found. */
export interface RecipePairsOptions
  extends Pick<PairContext, 'loggers' | 'onProgress' | 'signal' | 'compile' | 'workers'> {
  /** The run folder: pairs are kept in its `pairs/`, and runs of encoders beside it. */
  readonly folder: string;
}

/**
 * Finds the pairs of a recipe, or reads those that were found before; null for a recipe without.
 *
 * @throws what its plan throws, the signal's reason among it; RangeError for pairs of other images.
 *
 * @example
 * ```ts
 * const pairs = await recipePairs(recipe, await recipe.data.train(), { folder: 'runs/spps', loggers: [progressLog()] });
 * ```
 */
export async function recipePairs(
  recipe: Recipe,
  source: ImageSource,
  { folder, ...options }: RecipePairsOptions,
): Promise<MinedPairs | null> {
  if (!recipe.pairs) return null;
  const prepare = evaluationView(recipe);
  const [place, runs] = [join(folder, RUN_FILES.pairs), dirname(resolve(folder))];
  const mined = await recipe.pairs.find({ ...options, source, prepare, folder: place, runs });
  if (mined.images !== source.length) {
    throw new RangeError(
      `Cannot train ${recipe.name} on the pairs of ${recipe.pairs.name}: they are of ${mined.images} images, and ${source.name} has ${source.length}`,
    );
  }
  return mined;
}

/** What tells pairs from others, as plain JSON. */
export function pairsIdentity({ pairs, duplicates }: MinedPairs): Record<string, unknown> {
  const bytes = new Uint8Array(pairs.buffer, pairs.byteOffset, pairs.byteLength);
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  return { count: pairs.length / 2, duplicates: duplicates.length / 2, digest };
}

/**
 * Refuses to go on with a run whose pairs were found in another way, before anything is made anew.
 *
 * @throws RunDiffersError with each difference.
 */
export async function refuseOtherPairs({ pairs }: Recipe, folder: string): Promise<void> {
  if ((await checkpointPaths(join(folder, RUN_FILES.checkpoints))).length === 0) return;
  const config = await jsonObject(join(folder, RUN_FILES.config));
  if (!config) return;
  const now = pairs && { name: pairs.name, ...pairs.options };
  const differences = runDifferences({ pairs: config.pairs }, { pairs: now });
  if (differences.length > 0) throw new RunDiffersError(folder, differences);
}
