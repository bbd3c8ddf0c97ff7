import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AblationMetric, runDifferences } from '@hcsc/train';
import { writeFileAtomically } from '@hcsc/weights';
import type { CellIdentity } from './cell-identity.js';

/** What a cell that is done has come to; `summary.json` of its run folder. */
export interface CellSummary {
  readonly cell: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly backend: string;
  readonly epochs: number;
  /** Of training, over all sittings. */
  readonly seconds: number;
  /** Done, over all sittings; not there in summaries of old. */
  readonly steps?: number;
  /** By metric; a value is null where there is none of such a run. */
  readonly figures: Readonly<Record<string, { readonly value: number | null; readonly options?: unknown }>>;
  readonly identity: CellIdentity;
  /** A digest of the ablation's file as it was. */
  readonly file: string;
}

const path = (folder: string) => join(folder, 'summary.json');

/** The summary in a cell's folder; null if there is none, or it is not a cell's. */
export async function readCellSummary(folder: string): Promise<CellSummary | null> {
  try {
    const summary = JSON.parse(await readFile(path(folder), 'utf8')) as CellSummary;
    const isCell = typeof summary.figures === 'object' && typeof summary.identity?.recipe === 'object';
    return isCell && summary.figures !== null && summary.identity.recipe !== null ? summary : null;
  } catch {
    return null;
  }
}

/** Writes the summary of a cell that is done. */
export async function writeCellSummary(folder: string, summary: CellSummary): Promise<void> {
  await writeFileAtomically(path(folder), `${JSON.stringify(summary, null, 2)}\n`);
}

function measured({ figures }: CellSummary, { name, options = {} }: AblationMetric) {
  const figure = Object.hasOwn(figures, name) ? figures[name]! : null;
  if (!figure || runDifferences({ options: figure.options ?? {} }, { options }).length > 0) return null;
  return figure.value === null || Number.isFinite(figure.value) ? figure : null;
}

/** Whether a metric was measured with these options, be it that there is no figure. */
export const isMeasured = (summary: CellSummary, metric: AblationMetric): boolean => measured(summary, metric) !== null;

/** The figure of a metric in a summary; null if there is none, it was not measured, or with other options. */
export const figureOf = (summary: CellSummary, metric: AblationMetric): number | null =>
  measured(summary, metric)?.value ?? null;
