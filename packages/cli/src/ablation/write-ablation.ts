import { join } from 'node:path';
import { type AblationReport, ablationMarkdown, ablationPlot, renderAblation } from '@hcsc/report';
import { type AblationCell, duration } from '@hcsc/train';
import { writeFileAtomically } from '@hcsc/weights';
import { ablationNotes } from './ablation-notes.js';
import { ablationTable } from './ablation-table.js';
import type { CellSummary } from './cell-summary.js';
import type { Grid } from './grid.js';

/** The value that all cells have, if they have the same. */
function common<T>(
  cells: readonly AblationCell[],
  summaries: ReadonlyMap<string, CellSummary>,
  of: (one: CellSummary) => T,
) {
  const all = new Set(cells.flatMap(({ name }) => summaries.get(name) ?? []).map((one) => JSON.stringify(of(one))));
  const [only] = all;
  return all.size === 1 && only !== undefined ? (JSON.parse(only) as T) : null;
}

function factsOf({ cells, set }: Grid, summaries: ReadonlyMap<string, CellSummary>): [string, string | number][] {
  const done = cells.filter(({ name }) => summaries.has(name));
  const seconds = done.reduce((sum, { name }) => sum + summaries.get(name)!.seconds, 0);
  const facts: [string, string | number | null | undefined][] = [
    ['Runs', `${done.length} of ${cells.length}`],
    ['Backend', common(cells, summaries, ({ backend }) => backend)],
    [
      'Training images',
      common(cells, summaries, ({ identity }) => (identity.recipe.data as { images?: number })?.images ?? null),
    ],
    ['Batch size', common(cells, summaries, ({ identity }) => identity.recipe.batchSize as number)],
    ['Epochs', common(cells, summaries, ({ epochs }) => epochs)],
    ['Training time', done.length > 0 ? `${duration(seconds)}, ${duration(seconds / done.length)} a run` : null],
    ...Object.entries(set).filter(([key]) => key !== 'epochs' && key !== 'batchSize'),
  ];
  return facts.filter((fact): fact is [string, string | number] => fact[1] !== null && fact[1] !== undefined);
}

/** Where what an ablation has found is written, each whole or not at all. */
export const ABLATION_FILES = {
  json: 'ablation.json',
  markdown: 'ablation.md',
  plot: 'ablation.svg',
  page: 'ablation.html',
} as const;

/** Writes what an ablation has found so far as JSON, Markdown, plot and page; gives the Markdown. */
export async function writeAblation(grid: Grid): Promise<string> {
  const { ablation, cells, states, metrics, digest, root } = grid;
  const summaries = new Map<string, CellSummary>();
  for (const { name } of cells) {
    const state = states.get(name);
    if (state?.state === 'finished') summaries.set(name, state.summary);
  }
  const report: AblationReport = {
    title: ablation.name,
    facts: factsOf(grid, summaries),
    factors: Object.keys(ablation.factors),
    seeds: [...new Set(cells.map(({ seed }) => seed))],
    metrics: ablationTable(cells, summaries, metrics),
    gains: (ablation.gains ?? []).map(({ of, by }) => ({ of: of.name, by: by.name })),
    notes: ablationNotes(cells, states, summaries, digest),
  };
  const markdown = ablationMarkdown(report);
  const runs = cells.map(({ name, levels, seed }) => {
    const state = states.get(name);
    const { figures, seconds, backend } = summaries.get(name) ?? {};
    const values = figures && Object.fromEntries(Object.entries(figures).map(([metric, { value }]) => [metric, value]));
    const message = state?.state === 'failed' ? state.message : undefined;
    return {
      folder: name,
      cell: levels,
      seed,
      state: state?.state ?? 'open',
      message,
      figures: values,
      seconds,
      backend,
    };
  });
  const write = (file: string, text: string) => writeFileAtomically(join(root, file), text);
  await write(ABLATION_FILES.json, `${JSON.stringify({ ...report, runs }, null, 2)}\n`);
  await write(ABLATION_FILES.markdown, markdown);
  await write(ABLATION_FILES.plot, ablationPlot(report));
  await write(ABLATION_FILES.page, renderAblation(report));
  return markdown;
}
