import { escapeHtml } from '../escape-html.js';
import { formatNumber, formatTick } from '../format-number.js';
import { ticksWithin } from '../ticks.js';
import { differenceText, figureText, meanText } from './ablation-cells-text.js';
import {
  type AblationMetricTable,
  type AblationReport,
  type AblationRow,
  checkAblationReport,
} from './ablation-report.js';
import { drawGain, gainHeight, gainStyle, spokenGain } from './gain-plot.js';

/** Sizes in the units of the viewBox. */
const width = 760;
const rowHeight = 34;
const panels = { left: { from: 190, to: 440 }, right: { from: 490, to: 740 } } as const;
const head = 44;
const foot = 40;
/** Characters of a condition that fit beside its row. */
const fitting = 24;

/** The rules of the plot; in a page of ours the variables are the page's. */
export const plotStyle = `
.ab-text { fill: var(--ink); font-size: 13.5px; }
.ab-tick, .ab-label { fill: var(--quiet); font-size: 12.5px; }
.ab-head { fill: var(--ink); font-size: 14px; font-weight: 600; }
.ab-grid { stroke: var(--rule); stroke-width: 0.8; }
.ab-base { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 3 3; }
.ab-bar { stroke: var(--s0); stroke-width: 2; }
.ab-mean { stroke: var(--s0); stroke-width: 3; }
.ab-dot { fill: var(--s1); fill-opacity: 0.75; }
${gainStyle}`;

const standalone = `
svg { --ground: #fcfcfb; --ink: #191c1f; --quiet: #586069; --rule: #d7dad8; --s0: #0067a8; --s1: #b84a00;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif; }
@media (prefers-color-scheme: dark) {
  svg { --ground: #15181a; --ink: #e8eaeb; --quiet: #a0a9af; --rule: #343a3e; --s0: #62b5ec; --s1: #f0894a; }
}
.ab-ground { fill: var(--ground); }
${plotStyle}`;

interface Panel {
  readonly from: number;
  readonly to: number;
}

/** What is drawn in a row: a dot a seed, the mean, and how far the bar reaches. */
interface Marks {
  readonly dots: readonly { readonly value: number; readonly text: string }[];
  readonly mean: number;
  readonly bar: readonly [low: number, high: number] | null;
  readonly text: string;
}

const px = (value: number) => String(Math.round(value * 10) / 10);

const conditionName = ({ levels }: AblationRow): string => levels.join(', ');

function shortened(text: string): string {
  return text.length > fitting ? `${text.slice(0, fitting - 1)}…` : text;
}

/** Dots and means decide on the range; a bar that is much longer, as of two pairs, is cut off at its edge. */
function rangeOf(rows: readonly (Marks | null)[], include: readonly number[]): [low: number, high: number] | null {
  const inner = rows.flatMap((row) => (row ? [row.mean, ...row.dots.map(({ value }) => value)] : []));
  if (inner.length === 0) return null;
  const values = [...inner, ...include];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const spread = high - low || Math.abs(high) * 0.1 || 1;
  const bars = rows.flatMap((row) => row?.bar ?? []);
  const reach = (end: number, most: number) => Math.min(Math.max(end, -most), most);
  const least = Math.min(low, ...bars);
  const most = Math.max(high, ...bars);
  return [low - reach(low - least, spread) - 0.06 * spread, high + reach(most - high, spread) + 0.06 * spread];
}

function drawPanel(
  title: string,
  panel: Panel,
  rows: readonly (Marks | null)[],
  { top, scale, at, none }: { top: number; scale: number; at: number | null; none: string },
): string {
  const range = rangeOf(rows, at === null ? [] : [at]);
  const heading = `<text class="ab-head" x="${panel.from}" y="${top + 20}">${escapeHtml(title)}</text>`;
  if (!range) return `${heading}<text class="ab-label" x="${panel.from}" y="${top + head + 14}">${none}</text>`;
  const [low, high] = range;
  const toX = (value: number) =>
    panel.from + ((Math.min(Math.max(value, low), high) - low) / (high - low)) * (panel.to - panel.from);
  const bottom = top + head + rows.length * rowHeight;
  const ticks = ticksWithin(low * scale, high * scale, 4);
  const grid = ticks.values.map((tick) => {
    const x = px(toX(tick / scale));
    return `<line class="ab-grid" x1="${x}" x2="${x}" y1="${top + head - 6}" y2="${bottom}"/><text class="ab-tick" x="${x}" y="${bottom + 17}" text-anchor="middle">${formatTick(tick, ticks.step)}</text>`;
  });
  const base =
    at === null
      ? ''
      : `<line class="ab-base" x1="${px(toX(at))}" x2="${px(toX(at))}" y1="${top + head - 6}" y2="${bottom}"/>`;
  const drawn = rows.map((row, i) => {
    if (!row) return '';
    const y = top + head + (i + 0.5) * rowHeight;
    const bar = row.bar
      ? `<line class="ab-bar" x1="${px(toX(row.bar[0]))}" x2="${px(toX(row.bar[1]))}" y1="${px(y)}" y2="${px(y)}"/>`
      : '';
    const dots = row.dots.map(
      ({ value, text }, seed) =>
        // One above the other, so that equal figures of two seeds are seen to be two.
        `<circle class="ab-dot" cx="${px(toX(value))}" cy="${px(y + ((seed + 0.5) / row.dots.length - 0.5) * 12)}" r="3.2"><title>${escapeHtml(text)}</title></circle>`,
    );
    const mean = `<line class="ab-mean" x1="${px(toX(row.mean))}" x2="${px(toX(row.mean))}" y1="${px(y - 9)}" y2="${px(y + 9)}"><title>${escapeHtml(row.text)}</title></line>`;
    return `${bar}${dots.join('')}${mean}`;
  });
  return `${heading}${grid.join('')}${base}${drawn.join('')}`;
}

function valueMarks(row: AblationRow, metric: AblationMetricTable, seeds: readonly number[]): Marks | null {
  const { mean, standardDeviation: sd } = row;
  if (mean === null) return null;
  const dots = row.values.flatMap((value, i) =>
    value === null ? [] : [{ value, text: `${conditionName(row)}, seed ${seeds[i]}: ${figureText(value, metric)}` }],
  );
  return {
    ...{ dots, mean, bar: sd === null ? null : ([mean - sd, mean + sd] as const) },
    text: `${conditionName(row)}: ${meanText(row, metric)}`,
  };
}

function differenceMarks(row: AblationRow, metric: AblationMetricTable, seeds: readonly number[]): Marks | null {
  const { comparison } = row;
  if (!comparison) return null;
  const base = metric.rows[row.baseline]!.values;
  const dots = row.values.flatMap((value, i) => {
    const other = base[i];
    if (value === null || other === null || other === undefined) return [];
    const text = `${conditionName(row)}, seed ${seeds[i]}: ${differenceText(value - other, metric)}`;
    return [{ value: value - other, text }];
  });
  return {
    ...{ dots, mean: comparison.difference, bar: comparison.interval },
    text: `${conditionName(row)}: ${differenceText(comparison.difference, metric)}`,
  };
}

const heightOf = ({ rows }: AblationMetricTable): number => head + rows.length * rowHeight + foot;

function drawMetric(metric: AblationMetricTable, seeds: readonly number[], top: number): string {
  const { name, format, rows } = metric;
  const scale = format === 'percent' ? 100 : 1;
  const names = rows.map((row, i) => {
    const y = px(top + head + (i + 0.5) * rowHeight);
    const full = conditionName(row);
    const title = full.length > fitting ? `<title>${escapeHtml(full)}</title>` : '';
    return `<text class="ab-text" x="${panels.left.from - 16}" y="${y}" dy="0.35em" text-anchor="end">${escapeHtml(shortened(full))}${title}</text>`;
  });
  const baselines = new Set(rows.map(({ baseline }) => baseline));
  const [only] = baselines;
  const at = baselines.size === 1 ? (rows[only!]?.mean ?? null) : null;
  const values = rows.map((row) => valueMarks(row, metric, seeds));
  const differences = rows.map((row) => differenceMarks(row, metric, seeds));
  const against = baselines.size === 1 && rows[only!] ? shortened(conditionName(rows[only!]!)) : 'the baseline';
  const unit = format === 'percent' ? ', points' : '';
  const none = values.some((row) => row !== null) ? 'nothing to compare' : 'no values yet';
  return [
    ...names,
    drawPanel(`${name}${format === 'percent' ? ', %' : ''}`, panels.left, values, {
      top,
      scale,
      at,
      none: 'no values yet',
    }),
    drawPanel(`minus ${against}${unit}`, panels.right, differences, { top, scale, at: 0, none }),
  ].join('');
}

function spoken(metric: AblationMetricTable): string {
  const rows = metric.rows.map((row) => {
    const { comparison } = row;
    const difference = comparison ? `, ${differenceText(comparison.difference, metric)} to its baseline` : '';
    return `${conditionName(row)} ${meanText(row, metric)}${difference}`;
  });
  return `${metric.name}: ${rows.join('; ')}`;
}

/** The plot of one metric for a page that has {@link plotStyle}. */
export function metricPlot(metric: AblationMetricTable, seeds: readonly number[]): string {
  return `<svg viewBox="0 0 ${width} ${heightOf(metric)}" role="img" aria-label="${escapeHtml(spoken(metric))}">${drawMetric(metric, seeds, 0)}</svg>`;
}

/**
 * An ablation as an SVG image that needs nothing else: under each metric the figures of each condition, a dot a seed, with
 * mean and standard deviation, and beside them the differences to the baseline with their mean and its interval; then the
 * gains that are asked for.
 *
 * @throws RangeError that says which row does not fit, and what is needed.
 *
 * @example
 * ```ts
 * await writeFile('ablation.svg', ablationPlot(report));
 * ```
 */
export function ablationPlot(report: AblationReport): string {
  checkAblationReport(report);
  const { title, metrics, seeds, gains = [] } = report;
  let height = 8;
  const drawn = metrics.map((metric) => {
    const top = height;
    height += heightOf(metric) + 8;
    return drawMetric(metric, seeds, top);
  });
  for (const gain of gains) {
    drawn.push(`<g transform="translate(0 ${height})">${drawGain(report, gain)}</g>`);
    height += gainHeight(report, gain) + 8;
  }
  const texts = [...metrics.map(spoken), ...gains.map((gain) => spokenGain(report, gain))];
  const size = `width="${width}" height="${formatNumber(height).replaceAll(',', '')}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ${size} role="img" aria-label="${escapeHtml(`${title}. ${texts.join('. ')}`)}">
<style>${standalone}</style>
<rect class="ab-ground" width="100%" height="100%"/>
${drawn.join('\n')}
</svg>
`;
}
