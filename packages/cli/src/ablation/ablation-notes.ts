import { type AblationCell, runDifferences } from '@hcsc/train';
import type { CellState } from './cell-state.js';
import type { CellSummary } from './cell-summary.js';

/** What decides on which images a step has, and what is made of them. */
const OF_THE_DATA = ['data', 'batchSize', 'accumulate', 'viewsOn', 'views', 'epochs', 'stepsPerEpoch'] as const;

const ofTheData = ({ identity }: CellSummary) =>
  Object.fromEntries(OF_THE_DATA.map((key) => [key, identity.recipe[key]]));

/** What pairs of a condition and its baseline do not have in common, beside the factors: a sentence each. */
function unequal(cells: readonly AblationCell[], summaries: ReadonlyMap<string, CellSummary>): string[] {
  const byPlace = new Map(cells.map((cell) => [`${cell.condition} ${cell.seed}`, summaries.get(cell.name)]));
  const found = cells.flatMap((cell) => {
    const own = summaries.get(cell.name);
    const base = byPlace.get(`${cell.baseline} ${cell.seed}`);
    if (!own || !base || cell.condition === cell.baseline) return [];
    const data = runDifferences(ofTheData(base), ofTheData(own));
    const names = `${cell.condition} and ${cell.baseline}`;
    return [
      ...(data.length > 0 ? [`${names} are trained on other batches or views: ${data.join('; ')}`] : []),
      ...(data.length === 0 && own.steps !== undefined && base.steps !== undefined && own.steps !== base.steps
        ? [`${names} are trained for ${own.steps} and ${base.steps} steps: with stepsPerEpoch they could be as many`]
        : []),
      ...(own.identity.initialWeights === base.identity.initialWeights
        ? []
        : [`${names} begin with other weights at equal seeds`]),
    ];
  });
  return [...new Set(found)];
}

const plural = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;

/**
 * What a reader of the figures must know of the runs.
 *
 * @param digest Of the ablation's file as it is now.
 */
export function ablationNotes(
  cells: readonly AblationCell[],
  states: ReadonlyMap<string, CellState>,
  summaries: ReadonlyMap<string, CellSummary>,
  digest: string,
): string[] {
  const notes: string[] = [];
  const missing = cells.length - cells.filter(({ name }) => summaries.has(name)).length;
  if (missing > 0)
    notes.push(`Partial: ${missing} of ${plural(cells.length, 'run')} ${missing === 1 ? 'is' : 'are'} not in.`);
  for (const { name } of cells) {
    const state = states.get(name);
    if (state?.state === 'failed') notes.push(`${name} failed: ${state.message}`);
    if (state?.state === 'differs')
      notes.push(`${name} is left out, another recipe ran: ${state.differences.join('; ')}`);
    if (state?.state === 'elsewhere') notes.push(`${name} is being trained by another process.`);
  }
  const own = cells.flatMap(({ name }) => summaries.get(name) ?? []);
  const backends = [...new Set(own.map(({ backend }) => backend))];
  if (backends.length > 1) notes.push(`The runs are of different backends: ${backends.join(', ')}.`);
  const older = own.filter(({ file }) => file !== digest).length;
  if (older > 0) {
    notes.push(
      `The ablation’s file has changed since ${older} of the runs. Their recipes are the same as far as they are plain JSON; if what a part does has changed, make them anew with --overwrite.`,
    );
  }
  return [...notes, ...unequal(cells, summaries)];
}
