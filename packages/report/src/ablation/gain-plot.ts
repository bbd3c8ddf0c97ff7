import { escapeHtml } from '../escape-html.js';
import { formatTick } from '../format-number.js';
import { ticksWithin } from '../ticks.js';
import { differenceText, figureText } from './ablation-cells-text.js';
import type { AblationGain, AblationMetricTable, AblationReport } from './ablation-report.js';

/** Sizes in the units of the viewBox. */
const width = 760;
const panel = { left: 70, right: 470, top: 44, bottom: 300 } as const;
const legendAt = 510;
const legendRow = 20;
const foot = 44;
/** Characters of a condition that fit into the legend. */
const fitting = 30;

/** The rules of the plot, beside those of the others. */
export const gainStyle = `
.ab-ring { fill: var(--s0); }
.ab-letter { fill: var(--ground); font-size: 10.5px; font-weight: 700; }
`;

/** What a run of a condition, or all of them, came to. */
interface Point {
  readonly x: number;
  readonly gain: number;
  readonly text: string;
}

interface Condition {
  readonly name: string;
  /** One a seed. */
  readonly points: readonly Point[];
  readonly mean: Point;
}

interface Tables {
  readonly of: AblationMetricTable;
  readonly by: AblationMetricTable;
}

const px = (value: number) => String(Math.round(value * 10) / 10);

const shortened = (text: string) => (text.length > fitting ? `${text.slice(0, fitting - 1)}…` : text);

/** A, B, …, Z, AA, … */
function letters(place: number): string {
  const last = String.fromCharCode(65 + (place % 26));
  return place < 26 ? last : letters(Math.floor(place / 26) - 1) + last;
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const unitOf = ({ format }: AblationMetricTable, percent: string) => (format === 'percent' ? `, ${percent}` : '');
const scaleOf = ({ format }: AblationMetricTable) => (format === 'percent' ? 100 : 1);

function tablesOf({ metrics }: AblationReport, gain: AblationGain): Tables {
  const find = (name: string) => metrics.find((metric) => metric.name === name)!;
  return { of: find(gain.of), by: find(gain.by) };
}

/** The conditions that have both: pairs of equal seeds with a figure of the one metric, and of the other in both of its runs. */
function conditionsOf({ of, by }: Tables, seeds: readonly number[]): Condition[] {
  return of.rows.flatMap((row, place) => {
    if (row.baseline === place) return [];
    const name = row.levels.join(', ');
    const say = (x: number, gain: number) => `${by.name} ${figureText(x, by)}, ${of.name} ${differenceText(gain, of)}`;
    const points = seeds.flatMap((seed, i): Point[] => {
      const [x, own, base] = [by.rows[place]?.values[i], row.values[i], of.rows[row.baseline]?.values[i]];
      if (typeof x !== 'number' || typeof own !== 'number' || typeof base !== 'number') return [];
      return [{ x, gain: own - base, text: `${name}, seed ${seed}: ${say(x, own - base)}` }];
    });
    if (points.length === 0) return [];
    const [x, gain] = [meanOf(points.map((point) => point.x)), meanOf(points.map((point) => point.gain))];
    return [{ name, points, mean: { x, gain, text: `${name}: ${say(x, gain)}` } }];
  });
}

/** From the least to the largest value, and some room. */
function rangeOf(values: readonly number[]): [low: number, high: number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = 0.08 * (high - low || Math.abs(high) || 1);
  return [low - room, high + room];
}

function drawAxes(
  { of, by }: Tables,
  toX: (x: number) => number,
  toY: (y: number) => number,
  x: readonly number[],
  y: readonly number[],
): string {
  const across = ticksWithin(x[0]! * scaleOf(by), x[1]! * scaleOf(by), 7);
  const upwards = ticksWithin(y[0]! * scaleOf(of), y[1]! * scaleOf(of), 7);
  const columns = across.values.map((tick) => {
    const at = px(toX(tick / scaleOf(by)));
    return `<line class="ab-grid" x1="${at}" x2="${at}" y1="${panel.top}" y2="${panel.bottom}"/><text class="ab-tick" x="${at}" y="${panel.bottom + 17}" text-anchor="middle">${formatTick(tick, across.step)}</text>`;
  });
  const rows = upwards.values.map((tick) => {
    const at = px(toY(tick / scaleOf(of)));
    return `<line class="ab-grid" x1="${panel.left}" x2="${panel.right}" y1="${at}" y2="${at}"/><text class="ab-tick" x="${panel.left - 8}" y="${at}" dy="0.35em" text-anchor="end">${formatTick(tick, upwards.step)}</text>`;
  });
  const zero = px(toY(0));
  const base = `<line class="ab-base" x1="${panel.left}" x2="${panel.right}" y1="${zero}" y2="${zero}"/>`;
  const below = `<text class="ab-label" x="${panel.right}" y="${panel.bottom + 36}" text-anchor="end">${escapeHtml(by.name)}${unitOf(by, '%')}</text>`;
  return [...columns, ...rows, base, below].join('');
}

/** How high the plot of a gain is. */
export function gainHeight(report: AblationReport, gain: AblationGain): number {
  const conditions = conditionsOf(tablesOf(report, gain), report.seeds);
  return Math.max(panel.bottom + foot, panel.top + conditions.length * legendRow + 12);
}

/** The gain of one metric over the baseline by another: a small dot a run, a large one a condition. */
export function drawGain(report: AblationReport, gain: AblationGain): string {
  const tables = tablesOf(report, gain);
  const conditions = conditionsOf(tables, report.seeds);
  const { of, by } = tables;
  const heading = `<text class="ab-head" x="${panel.left}" y="20">Gain in ${escapeHtml(of.name)}${unitOf(of, 'points')}, by ${escapeHtml(by.name)}</text>`;
  if (conditions.length === 0) {
    return `${heading}<text class="ab-label" x="${panel.left}" y="${panel.top + 14}">no run has both yet</text>`;
  }
  const points = conditions.flatMap((condition) => condition.points);
  const x = rangeOf(points.map((point) => point.x));
  const y = rangeOf([0, ...points.map((point) => point.gain)]);
  const toX = (value: number) => panel.left + ((value - x[0]) / (x[1] - x[0])) * (panel.right - panel.left);
  const toY = (value: number) => panel.bottom - ((value - y[0]) / (y[1] - y[0])) * (panel.bottom - panel.top);
  const dots = points.map(
    (point) =>
      `<circle class="ab-dot" cx="${px(toX(point.x))}" cy="${px(toY(point.gain))}" r="3.2"><title>${escapeHtml(point.text)}</title></circle>`,
  );
  const disk = (at: number, height: number, place: number, text: string) =>
    `<circle class="ab-ring" cx="${px(at)}" cy="${px(height)}" r="8"><title>${escapeHtml(text)}</title></circle><text class="ab-letter" x="${px(at)}" y="${px(height)}" dy="0.35em" text-anchor="middle">${letters(place)}</text>`;
  const means = conditions.map(({ mean }, place) => disk(toX(mean.x), toY(mean.gain), place, mean.text));
  const legend = conditions.map(({ name, mean }, place) => {
    const at = panel.top + place * legendRow + 6;
    return `${disk(legendAt, at, place, mean.text)}<text class="ab-text" x="${legendAt + 16}" y="${at}" dy="0.35em">${escapeHtml(shortened(name))}</text>`;
  });
  return [heading, drawAxes(tables, toX, toY, x, y), ...dots, ...means, ...legend].join('');
}

/** What a plot says to those who cannot see it. */
export function spokenGain(report: AblationReport, gain: AblationGain): string {
  const means = conditionsOf(tablesOf(report, gain), report.seeds).map(({ mean }) => mean.text);
  return `Gain in ${gain.of} by ${gain.by}: ${means.join('; ') || 'no run has both yet'}`;
}

/** The plot of a gain for a page that has the rules of plots. */
export function gainPlot(report: AblationReport, gain: AblationGain): string {
  return `<svg viewBox="0 0 ${width} ${gainHeight(report, gain)}" role="img" aria-label="${escapeHtml(spokenGain(report, gain))}">${drawGain(report, gain)}</svg>`;
}
