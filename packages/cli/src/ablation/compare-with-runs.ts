import { rm } from 'node:fs/promises';
import { isRun } from '@hcsc/train';
import { cellIdentity } from './cell-identity.js';
import { cellDifferences } from './cell-state.js';
import { type AblateOptions, cellFolder, type Grid } from './grid.js';

/**
 * Finds cells whose folders hold runs of other recipes, before anything is run.
 *
 * Runs of the chosen cells are taken away instead if they are to be made anew.
 *
 * @throws Error that lists the chosen cells that differ, and in what.
 */
export async function compareWithRuns(grid: Grid, { overwrite = false }: AblateOptions): Promise<void> {
  const { ablation, root, cells, chosen, recipes, states } = grid;
  const anew = new Set(overwrite ? chosen.map(({ name }) => name) : []);
  for (const cell of cells) {
    const { name } = cell;
    const folder = cellFolder(grid, cell);
    if (states.get(name)!.state === 'elsewhere' || !(await isRun(folder))) continue;
    if (anew.has(name)) {
      await rm(folder, { recursive: true });
      states.set(name, { state: 'open', progress: 'not begun' });
      continue;
    }
    try {
      const differences = await cellDifferences(folder, await cellIdentity(ablation, cell, recipes.get(name)!));
      if (differences.length > 0) states.set(name, { state: 'differs', differences });
    } catch (error) {
      states.set(name, { state: 'failed', message: (error as Error).message });
    }
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
