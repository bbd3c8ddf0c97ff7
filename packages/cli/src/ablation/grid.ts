import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { knnTop1, linearTop1 } from '@hcsc/eval';
import type { BackendChoice } from '@hcsc/runtime';
import {
  type Ablation,
  type AblationCell,
  type AblationMetric,
  ablationCells,
  cellRecipe,
  isRun,
  type Recipe,
} from '@hcsc/train';
import { loadAblation } from '../load-ablation.js';
import { type CellState, cellState } from './cell-state.js';

/** What `hcsc ablate` is told beside the file. */
export interface AblateOptions {
  set?: Record<string, string>;
  runs?: string;
  only?: Record<string, string[]>;
  seeds?: number[];
  backend?: BackendChoice;
  threads?: number;
  compile?: boolean;
  workers?: number;
  overwrite?: boolean;
  dryRun?: boolean;
  quiet?: boolean;
}

/** An ablation as it is run: all of its cells, those that were chosen, and how far each is. */
export interface Grid {
  readonly ablation: Ablation;
  readonly metrics: readonly AblationMetric[];
  /** A digest of the ablation's file. */
  readonly digest: string;
  /** The folder of all run folders. */
  readonly root: string;
  readonly set: Readonly<Record<string, string>>;
  readonly cells: readonly AblationCell[];
  readonly chosen: readonly AblationCell[];
  /** By the names of the cells, as the states are. */
  readonly recipes: ReadonlyMap<string, Recipe>;
  readonly states: Map<string, CellState>;
}

/** Where the run of a cell is. */
export const cellFolder = ({ root }: Pick<Grid, 'root'>, { name }: Pick<AblationCell, 'name'>): string =>
  join(root, name);

/** Reads an ablation and how far its cells are; starts nothing and writes nothing. */
export async function openGrid(file: string, { set = {}, runs, only, seeds }: AblateOptions): Promise<Grid> {
  const ablation = await loadAblation(file);
  const root = runs ?? join('runs', ablation.name);
  if (await isRun(root)) {
    throw new Error(`${root} is a run, and would hold those of ${ablation.name}: give another folder as --runs`);
  }
  const cells = ablationCells(ablation, { seeds });
  const chosen = ablationCells(ablation, { seeds, only });
  const metrics = ablation.metrics ?? [knnTop1(), linearTop1()];
  const recipes = new Map(cells.map((cell) => [cell.name, cellRecipe(ablation, cell, set)]));
  const states = new Map<string, CellState>();
  for (const cell of cells) states.set(cell.name, await cellState(cellFolder({ root }, cell), metrics));
  const hash = createHash('sha256').update(await readFile(file));
  const digest = hash.digest('hex').slice(0, 16);
  return { ablation, metrics, digest, root, set, cells, chosen, recipes, states };
}
