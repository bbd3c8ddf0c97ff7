import type { RunInfo } from '@hcsc/train';
import type { RunFigures } from './runs-figures.js';

/** What stands where nothing can be told. */
export const UNKNOWN = '?';

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** A figure in few digits. */
export const shortNumber = (value: number): string => {
  const size = Math.abs(value);
  return size !== 0 && (size >= 1e5 || size < 1e-3) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
};

/** What a run has come to, in a few words: its scores if it was evaluated, else its loss and what was validated. */
export function figuresText({ knn, linear, measured, loss, validation }: RunFigures): string {
  const scores = [
    knn !== null && `kNN ${percent(knn)}`,
    linear !== null && `linear ${percent(linear)}`,
    ...Object.entries(measured).map(([name, value]) => `${name} ${shortNumber(value)}`),
  ];
  const training = [
    loss !== null && `loss ${shortNumber(loss)}`,
    ...Object.entries(validation).map(([name, value]) => `${name} ${shortNumber(value)}`),
  ];
  const shown = scores.some((score) => score !== false) ? scores : training;
  return shown.filter((part) => part !== false).join('  ') || UNKNOWN;
}

/** Epochs that are done, of how many: `3/20`, `3.4/20`. */
export function epochsText({
  step,
  stepsPerEpoch,
  epochs,
}: Pick<RunInfo, 'step' | 'stepsPerEpoch' | 'epochs'>): string {
  // Cut off, not rounded: an epoch that is not done does not look it.
  const done = step === null || !stepsPerEpoch ? null : Math.floor((10 * step) / stepsPerEpoch) / 10;
  return done === null && epochs === null ? UNKNOWN : `${done ?? UNKNOWN}/${epochs ?? UNKNOWN}`;
}

/** Rows of cells as lines, each column as wide as its widest cell, without blanks at the ends. */
export function alignedLines(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, i) => Math.max(widest[i] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
}

/** Text without what would move a terminal's cursor or end the line. */
export const plainText = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
