import { formatNumber, missing } from '../format-number.js';
import type { AblationMetricTable, AblationReport, AblationRow } from './ablation-report.js';

const minus = (text: string) => text.replace('-', '−');

/** A figure of a metric: `77.95 %`, `0.4213`. */
export function figureText(value: number | null, { format }: Pick<AblationMetricTable, 'format'>): string {
  if (value === null || !Number.isFinite(value)) return missing;
  return format === 'percent' ? `${minus((100 * value).toFixed(2))} %` : formatNumber(value);
}

/** A difference of two figures of a metric, in points or as it is: `+1.20`. */
export function differenceText(value: number, { format }: Pick<AblationMetricTable, 'format'>): string {
  const text = format === 'percent' ? minus((100 * value).toFixed(2)) : formatNumber(value);
  return value > 0 ? `+${text}` : text;
}

/** Seeds that are in, of those there are to be: `3`, `2 of 3`. */
function countText({ values }: AblationRow): string {
  const n = values.filter((value) => value !== null).length;
  return n === values.length ? String(n) : `${n} of ${values.length}`;
}

/** Mean and sample standard deviation: `77.95 ± 0.31 %`. */
export function meanText(
  { mean, standardDeviation }: AblationRow,
  { format }: Pick<AblationMetricTable, 'format'>,
): string {
  if (mean === null) return missing;
  if (standardDeviation === null) return figureText(mean, { format });
  return format === 'percent'
    ? `${(100 * mean).toFixed(2)} ± ${(100 * standardDeviation).toFixed(2)} %`
    : `${formatNumber(mean)} ± ${formatNumber(standardDeviation, 2)}`;
}

/** The headings of a table of conditions after those of the factors. */
export const comparisonHeadings = ({ format }: Pick<AblationMetricTable, 'format'>): string[] => [
  'seeds',
  'mean ± sd',
  format === 'percent' ? 'difference, points' : 'difference',
  '95 % interval',
  'p',
  'above',
];

/** The cells of a condition under {@link comparisonHeadings}. */
export function comparisonCells(row: AblationRow, place: number, metric: AblationMetricTable): string[] {
  const cells = [countText(row), meanText(row, metric)];
  const { comparison } = row;
  if (row.baseline === place) return [...cells, 'baseline', '', '', ''];
  if (!comparison) return [...cells, missing, missing, missing, missing];
  const { n, difference, interval, p, wins, ties } = comparison;
  return [
    ...cells,
    differenceText(difference, metric),
    interval ? interval.map((end) => differenceText(end, metric)).join(' to ') : missing,
    p === null ? missing : formatNumber(p, 2),
    `${wins} of ${n}${ties > 0 ? `, ${ties} equal` : ''}`,
  ];
}

/** How the columns are to be read, a sentence each. */
export function readingNotes({ metrics }: AblationReport): string[] {
  const pairs = metrics.flatMap(({ rows }) => rows.flatMap(({ comparison }) => (comparison ? [comparison.n] : [])));
  const most = Math.max(0, ...pairs);
  const notes = ['± is the sample standard deviation over seeds.'];
  if (most === 0) return notes;
  notes.push(
    'Differences to the baseline are means over pairs of equal seeds; the interval is Student’s for 95 %, p the exact two-sided sign-flip test’s.',
  );
  if (most <= 20) {
    notes.push(
      `${most} ${most === 1 ? 'pair is' : 'pairs are'} few: p cannot be below ${formatNumber(Math.min(1, 2 / 2 ** most), 2)}${most === 1 ? ', and there is no interval' : ''}.`,
    );
  }
  const rows = metrics[0]?.rows.filter(({ comparison }) => comparison).length ?? 0;
  if (rows > 1) notes.push(`${rows} comparisons are made, and none is corrected for the others.`);
  return notes;
}
