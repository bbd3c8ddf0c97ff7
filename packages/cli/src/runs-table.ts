import type { RunInfo } from '@hcsc/train';
import { runsAge } from './runs-age.js';
import { alignedLines, epochsText, figuresText, plainText, UNKNOWN } from './runs-cells.js';
import type { RunFigures } from './runs-figures.js';

/** A run and what it has come to. */
export interface ListedRun {
  readonly run: RunInfo;
  readonly figures: RunFigures;
}

/** Runs as a table, one line each under a line of titles. Names from files are kept to one line. */
export function runsTable(runs: readonly ListedRun[], now: Date): string {
  const rows = runs.map(({ run, figures }) => [
    run.name,
    run.state ?? UNKNOWN,
    epochsText(run),
    figuresText(figures),
    run.written ? runsAge(run.written, now) : UNKNOWN,
    run.folder,
  ]);
  const titles = ['run', 'state', 'epochs', 'last figures', 'last written', 'folder'];
  return alignedLines([titles, ...rows.map((row) => row.map(plainText))]).join('\n');
}
