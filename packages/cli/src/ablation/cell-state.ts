import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AblationMetric, isRun, RUN_FILES, readRun, runDifferences } from '@hcsc/train';
import type { CellIdentity } from './cell-identity.js';
import { type CellSummary, isMeasured, readCellSummary } from './cell-summary.js';

/** How far a cell is. */
export type CellState =
  /** Trained and measured. */
  | { readonly state: 'finished'; readonly summary: CellSummary }
  /** Not begun, or not finished, or not measured by all metrics. */
  | { readonly state: 'open'; readonly progress: string }
  /** Its folder holds the run of another recipe. */
  | { readonly state: 'differs'; readonly differences: readonly string[] }
  | { readonly state: 'failed'; readonly message: string }
  /** Another process trains it. */
  | { readonly state: 'elsewhere' };

async function configOf(folder: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(join(folder, RUN_FILES.config), 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`Cannot read ${join(folder, RUN_FILES.config)}: ${(error as Error).message}`, { cause: error });
  }
}

/** What the run in a folder has that is another than the cell's. */
export async function cellDifferences(folder: string, identity: CellIdentity): Promise<string[]> {
  const config = await configOf(folder);
  const then = Object.fromEntries(Object.keys(identity.recipe).map((key) => [key, config[key]]));
  return runDifferences(then, identity.recipe);
}

/** How far a cell is by its folder alone, which may hold the run of another recipe. */
export async function cellState(folder: string, metrics: readonly AblationMetric[]): Promise<CellState> {
  if (!(await isRun(folder))) return { state: 'open', progress: 'not begun' };
  const { state, message, step, stepsPerEpoch, epochs } = await readRun(folder);
  if (state === 'running') return { state: 'elsewhere' };
  const summary = await readCellSummary(folder);
  if (summary && metrics.every((metric) => isMeasured(summary, metric))) return { state: 'finished', summary };
  if (state === 'failed') return { state, message: message ?? 'it is not said why' };
  if (state === 'finished') return { state: 'open', progress: 'trained, not measured' };
  const done = step === null || !stepsPerEpoch ? '?' : String(Math.floor((10 * step) / stepsPerEpoch) / 10);
  return { state: 'open', progress: `${done} of ${epochs ?? '?'} epochs` };
}
