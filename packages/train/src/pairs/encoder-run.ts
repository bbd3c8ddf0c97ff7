import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openSafetensors } from '@hcsc/weights';
import { isRun } from '../is-run.js';
import { jsonObject } from '../json-object.js';
import { buildMethod } from '../pretrain.js';
import { readRun } from '../read-run.js';
import type { Recipe } from '../recipe.js';
import { RunDiffersError } from '../run-differs-error.js';
import { RUN_FILES } from '../run-files.js';
import { runDifferences, runIdentity } from '../run-identity.js';
import { whoMakesViews } from '../step-images.js';

type Identity = Readonly<Record<string, unknown>>;

const ADVICE =
  'It is the run of an encoder: move it away to train another, or give trainedEncoder another folder, or its recipe another name';

/** An error of an encoder's run, as one who needs the encoder can help it. */
export const ofEncoder = (error: unknown): unknown =>
  error instanceof RunDiffersError ? new RunDiffersError(error.folder, error.differences, ADVICE) : error;

/** What a recipe's run must agree on. */
export async function encoderRunIdentity(recipe: Recipe): Promise<Identity> {
  const source = await recipe.data.train();
  const built = buildMethod(recipe, source);
  try {
    return runIdentity(recipe, built, { viewsOn: whoMakesViews(recipe, source), source });
  } finally {
    built.dispose();
  }
}

/** What the run in a folder was begun with. */
async function begunWith(folder: string, now: Identity): Promise<Record<string, unknown>> {
  try {
    const file = await openSafetensors(join(folder, RUN_FILES.checkpoints, 'latest.safetensors'));
    await file.close();
    return JSON.parse(file.metadata.position!).recipe;
  } catch {
    const config = (await jsonObject(join(folder, RUN_FILES.config))) ?? {};
    // What stands there besides, of the machine for example, is none of the recipe.
    return Object.fromEntries(Object.entries(config).filter(([key]) => Object.hasOwn(now, key)));
  }
}

/**
 * Is there a run in this folder that is done?
 *
 * @throws RunDiffersError if it is of another recipe than `now` says.
 */
export async function isEncoderTrained(folder: string, now: Identity): Promise<boolean> {
  if (!(await isRun(folder)) || (await readRun(folder)).state !== 'finished') return false;
  if (!existsSync(join(folder, RUN_FILES.encoder, 'model.json'))) return false;
  // The pairs themselves follow from the rest.
  const { foundPairs: _, ...then } = await begunWith(folder, now);
  const differences = runDifferences(then, now);
  if (differences.length > 0) throw new RunDiffersError(folder, differences, ADVICE);
  return true;
}
