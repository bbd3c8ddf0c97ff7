import { rm } from 'node:fs/promises';
import { type AblationCell, isRun, runAtWork } from '@hcsc/train';
import { cellIdentity } from './cell-identity.js';
import { type CellState, cellDifferences, cellState } from './cell-state.js';
import { type AblateOptions, cellFolder, type Grid } from './grid.js';

/** How far a cell is, and whether the run in its folder is its own. */
async function lookAtCell(grid: Grid, cell: AblationCell): Promise<CellState> {
  const folder = cellFolder(grid, cell);
  const state = await cellState(folder, grid.metrics);
  if (state.state === 'elsewhere' || !(await isRun(folder))) return state;
  try {
    const identity = await cellIdentity(grid.ablation, cell, grid.recipes.get(cell.name)!);
    const differences = await cellDifferences(folder, identity);
    return differences.length > 0 ? { state: 'differs', differences } : state;
  } catch (error) {
    return { state: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Finds cells whose folders hold runs of other recipes, before anything is run.
 *
 * Runs of the chosen cells are taken away instead if they are to be made anew.
 *
 * @throws Error that lists the chosen cells that differ, and in what.
 */
export async function compareWithRuns(grid: Grid, { overwrite = false }: AblateOptions): Promise<void> {
  const { ablation, root, cells, chosen, states } = grid;
  const anew = new Set(overwrite ? chosen.map(({ name }) => name) : []);
  for (const cell of cells) {
    const { name } = cell;
    const folder = cellFolder(grid, cell);
    if (anew.has(name) && (await runAtWork(folder)) !== 'working' && (await isRun(folder))) {
      await rm(folder, { recursive: true });
    }
    states.set(name, await lookAtCell(grid, cell));
  }
  const refused = chosen.flatMap(({ name }) => {
    const state = states.get(name)!;
    return state.state === 'differs' ? [`\n  ${name}: ${state.differences.join('; ')}`] : [];
  });
  if (refused.length > 0) {
    throw new Error(
      `${root} holds runs of ${ablation.name} that other recipes began:${refused.join('')}\n` +
        'Give another --runs, or --overwrite to delete the runs of the chosen cells and make them anew',
    );
  }
}

/** Looks again at cells that other processes were at work on, or may have been since: all that this one did not run. */
export async function lookElsewhere(grid: Grid): Promise<void> {
  const { cells, chosen, states } = grid;
  const own = new Set(chosen.map(({ name }) => name));
  for (const cell of cells) {
    const { state } = states.get(cell.name)!;
    const settled = state === 'finished' || (own.has(cell.name) && state !== 'elsewhere');
    if (!settled) states.set(cell.name, await lookAtCell(grid, cell));
  }
}
