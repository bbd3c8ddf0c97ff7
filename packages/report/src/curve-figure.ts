import { escapeHtml } from './escape-html.js';
import { formatNumber, formatTick, missing } from './format-number.js';
import type { Curve, CurveSeries } from './report-input.js';
import { thinOut } from './thin-out.js';
import { ticksAround, ticksWithin } from './ticks.js';

/** Size of a figure and of the plot in it, in the units of its viewBox. */
const size = { width: 480, height: 284 };
const plot = { left: 54, right: 470, top: 30, bottom: 240 };
/** Columns that the plot can tell apart; more points than fit them are thinned out. */
const columns = 260;
/** Series short enough for a dot with a title on every point. */
const fewPoints = 48;
/** Line styles repeat after so many series; each differs by colour and by dashes. */
const styles = 6;

interface Axes {
  readonly toX: (x: number) => number;
  readonly toY: (y: number) => number;
  readonly marks: readonly { readonly x: number; readonly label: string }[];
  readonly grid: string;
}

/** Pixels with one digit. */
const px = (value: number) => String(Math.round(value * 10) / 10);

/** A range of some width, also around a single value. */
function widened(values: readonly number[]): [low: number, high: number] {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  if (high > low) return [low, high];
  const around = Math.abs(low) * 0.1 || 0.5;
  return [low - around, high + around];
}

/** Steps counted from 1, or epochs from one step: the axis then begins at the 0 just before. */
function atTick(first: number, right: number): number {
  const before = ticksAround(first, right, 6).values[0]!;
  return first - before < (right - first) * 0.05 ? before : first;
}

function axes({ series, marks = [], xLabel, yLabel, yRange }: Curve): Axes | null {
  const drawn = series.flatMap(({ x, y }) =>
    x.flatMap((at, i) => (Number.isFinite(y[i]) ? [[at, y[i]!] as const] : [])),
  );
  if (drawn.length === 0) return null;
  const [first, right] = widened(drawn.map(([x]) => x));
  const left = atTick(first, right);
  const xTicks = ticksWithin(left, right, 6);
  const yTicks = ticksAround(...widened([...drawn.map(([, y]) => y), ...(yRange ?? [])]), 5);
  const [bottom, top] = [yTicks.values[0]!, yTicks.values[yTicks.values.length - 1]!];
  const toX = (x: number) => plot.left + ((x - left) / (right - left)) * (plot.right - plot.left);
  const toY = (y: number) => plot.bottom - ((y - bottom) / (top - bottom)) * (plot.bottom - plot.top);
  const rows = yTicks.values.map((value) => {
    const y = px(toY(value));
    return `<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${y}" y2="${y}"/><text class="tick" x="${plot.left - 8}" y="${y}" dy="0.35em" text-anchor="end" data-y="${value}">${formatTick(value, yTicks.step)}</text>`;
  });
  const upright = xTicks.values.map((value) => {
    const x = px(toX(value));
    return `<line class="axis" x1="${x}" x2="${x}" y1="${plot.bottom}" y2="${plot.bottom + 4}"/><text class="tick" x="${x}" y="${plot.bottom + 19}" text-anchor="middle" data-x="${value}">${formatTick(value, xTicks.step)}</text>`;
  });
  const base = `<line class="axis" x1="${plot.left}" x2="${plot.right}" y1="${plot.bottom}" y2="${plot.bottom}"/>`;
  const below = `<text class="label" x="${plot.right}" y="${size.height - 6}" text-anchor="end">${escapeHtml(xLabel)}</text>`;
  const beside = yLabel ? `<text class="label" x="4" y="12">${escapeHtml(yLabel)}</text>` : '';
  return {
    toX,
    toY,
    marks: marks.filter(({ x }) => x >= left && x <= right),
    grid: [...rows, base, ...upright, below, beside].join(''),
  };
}

function markLine({ x, label }: { readonly x: number; readonly label: string }, { toX }: Axes): string {
  const at = toX(x);
  const toTheLeft = at > (plot.left + plot.right) / 2;
  return `<line class="mark" x1="${px(at)}" x2="${px(at)}" y1="${plot.top - 8}" y2="${plot.bottom}"/><text class="mark" x="${px(at + (toTheLeft ? -5 : 5))}" y="${plot.top - 1}" text-anchor="${toTheLeft ? 'end' : 'start'}">${escapeHtml(label)}</text>`;
}

function line({ name, x, y }: CurveSeries, style: number, { toX, toY }: Axes, xLabel: string): string {
  const points = thinOut(x, y, columns);
  let path = '';
  points.forEach((point, i) => {
    if (!point) return;
    const to = `${px(toX(point[0]))} ${px(toY(point[1]))}`;
    const first = !points[i - 1];
    // A point between two gaps is a line of no length, which the round line ends turn into a dot.
    path += first && !points[i + 1] ? `M${to}h0` : `${first ? 'M' : 'L'}${to}`;
  });
  const dots = x.length > fewPoints ? [] : points.flatMap((point) => (point ? [point] : []));
  const titled = dots.map(
    ([at, value]) =>
      `<circle class="dot s${style}" cx="${px(toX(at))}" cy="${px(toY(value))}" r="2.4"><title>${escapeHtml(`${name}: ${formatNumber(value)} at ${xLabel} ${formatNumber(at)}`)}</title></circle>`,
  );
  return `<path class="line s${style}" d="${path}"/>${titled.join('')}`;
}

function lastOf({ y }: CurveSeries): number {
  return y.findLast((value) => Number.isFinite(value)) ?? Number.NaN;
}

function legendEntry(series: CurveSeries, style: number): string {
  const last = lastOf(series);
  const value = Number.isFinite(last) ? `<b>${formatNumber(last)}</b>` : '<span class="quiet">no values</span>';
  return `<li><svg class="key" viewBox="0 0 26 10" aria-hidden="true"><path class="line s${style}" d="M1 5H25"/></svg>${escapeHtml(series.name)} ${value}</li>`;
}

function spoken({ title, xLabel, series }: Curve): string {
  const lines = series.map((one) => {
    const first = one.y.find((value) => Number.isFinite(value)) ?? Number.NaN;
    return Number.isFinite(first)
      ? `${one.name} from ${formatNumber(first)} to ${formatNumber(lastOf(one))}`
      : `${one.name} ${missing}`;
  });
  return `${title} by ${xLabel}: ${lines.join('; ')}`;
}

/** A figure of one or more lines as inline SVG, with a legend that gives each line's last value. */
export function curveFigure(curve: Curve): string {
  const { title, series, xLabel } = curve;
  const drawn = axes(curve);
  const body = drawn
    ? drawn.grid +
      drawn.marks.map((mark) => markLine(mark, drawn)).join('') +
      series.map((one, i) => line(one, i % styles, drawn, xLabel)).join('')
    : `<text class="label" x="${size.width / 2}" y="${size.height / 2}" text-anchor="middle">No values to draw</text>`;
  return `<figure class="curve">
<figcaption><h3>${escapeHtml(title)}</h3><ul class="legend">${series.map((one, i) => legendEntry(one, i % styles)).join('')}</ul></figcaption>
<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escapeHtml(spoken(curve))}">${body}</svg>
</figure>`;
}
