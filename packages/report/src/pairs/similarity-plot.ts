import { escapeHtml } from '../escape-html.js';
import { formatNumber, formatTick } from '../format-number.js';
import { ticksWithin } from '../ticks.js';
import type { PairsReport, SimilarityCounts } from './pairs-report.js';

/** Sizes in the units of the viewBox. */
const width = 860;
const height = 300;
const plot = { top: 44, bottom: 252 };
/** Bars that a panel of half the width can tell apart. */
const MOST_BARS = 110;
/** Fewer bars around the thresholds than these show nothing that the whole does not. */
const FEWEST_BARS = 8;
/** A bar of one pair must be seen: the axis begins below 1. */
const LEAST = 0.6;

/** The rules of the plot. */
export const similarityStyle = `
.similarities { max-width: 1000px; }
.similarities svg { display: block; width: 100%; height: auto; margin-top: 14px; overflow: visible; }
.similarities .legend { color: var(--ink); }
.bar { fill: var(--even); shape-rendering: crispEdges; } .bar.pair { fill: var(--s0); } .bar.duplicate { fill: var(--s1); }
line.threshold { stroke: var(--ink); stroke-width: 1.2; stroke-dasharray: 4 3; }
text.threshold, .panel { fill: var(--ink); font-size: 12.5px; } .panel { font-weight: 600; }
.swatch { display: inline-block; width: 12px; height: 12px; margin-right: 7px; border-radius: 2px; vertical-align: -1px; }
.swatch.below { background: var(--even); } .swatch.pair { background: var(--s0); } .swatch.duplicate { background: var(--s1); }
@media (max-width: 560px) { .similarities { overflow-x: auto; } .similarities svg { min-width: 620px; } }
@media print { .bar, .swatch { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;

type Thresholds = PairsReport['thresholds'];

/** Pairs of one bar, over its range of similarity. */
interface Bar {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

interface Panel {
  readonly title: string;
  readonly left: number;
  readonly right: number;
  readonly bars: readonly Bar[];
}

const px = (value: number) => String(Math.round(value * 10) / 10);

/** Neighbouring bins put together so that they are few enough, without empty ends. */
function barsOf({ from, to, counts }: SimilarityCounts, [low, high]: readonly [number, number]): Bar[] {
  const size = (to - from) / counts.length;
  const all = Array.from(counts);
  const first = Math.max(0, Math.floor((low - from) / size + 1e-6));
  const end = Math.min(all.length, Math.ceil((high - from) / size - 1e-6));
  const together = Math.max(1, Math.ceil((end - first) / MOST_BARS));
  const bars: Bar[] = [];
  for (let start = first; start < end; start += together) {
    const stop = Math.min(end, start + together);
    const count = all.slice(start, stop).reduce((sum, each) => sum + each, 0);
    bars.push({ from: from + start * size, to: from + stop * size, count });
  }
  return bars;
}

/** From the least similarity that occurs to the largest, and to the thresholds. */
function reach({ from, to, counts }: SimilarityCounts, thresholds: Thresholds): [low: number, high: number] {
  const size = (to - from) / counts.length;
  const all = Array.from(counts);
  const first = Math.max(
    0,
    all.findIndex((count) => count > 0),
  );
  const last = Math.max(
    first,
    all.findLastIndex((count) => count > 0),
  );
  const ends = [from + first * size, from + (last + 1) * size];
  const inner = thresholds ? [thresholds.lower, thresholds.upper] : [];
  return [Math.max(from, Math.min(...ends, ...inner)), Math.min(to, Math.max(...ends, ...inner))];
}

/** The whole; and, if its bars are too wide to show it, what lies around the thresholds. */
function panelsOf(similarities: SimilarityCounts, thresholds: Thresholds): Panel[] {
  const [low, high] = reach(similarities, thresholds);
  const whole = { title: 'All pairs of images', bars: barsOf(similarities, [low, high]) };
  if (thresholds) {
    const bin = (similarities.to - similarities.from) / similarities.counts.length;
    const band = Math.max(thresholds.upper - thresholds.lower, 3 * bin);
    const near = [Math.max(low, thresholds.lower - 3 * band), Math.min(high, thresholds.upper + 2 * band)] as const;
    const bars = barsOf(similarities, near);
    if (near[1] - near[0] < 0.5 * (high - low) && bars.length >= FEWEST_BARS) {
      return [
        { ...whole, left: 58, right: 424 },
        { title: 'Around the thresholds', bars, left: 488, right: 854 },
      ];
    }
  }
  return [{ ...whole, left: 58, right: 854 }];
}

const superscript = (power: number): string =>
  Array.from(String(power), (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('');

/** 1, 10, 100, 1,000, 10⁴, … */
const powerText = (power: number): string => (power < 4 ? formatNumber(10 ** power) : `10${superscript(power)}`);

function scaleY(most: number) {
  const top = Math.max(1, Math.log10(most) + 0.15);
  const low = Math.log10(LEAST);
  return {
    toY: (count: number) => plot.bottom - ((Math.log10(count) - low) / (top - low)) * (plot.bottom - plot.top),
    powers: Array.from({ length: Math.floor(top) + 1 }, (_, power) => power),
  };
}

/** A bar cut at the thresholds, each piece in the colour of what its pairs are. */
function pieces({ from, to }: Bar, thresholds: Thresholds): { from: number; to: number; kind: string }[] {
  if (!thresholds) return [{ from, to, kind: 'pair' }];
  const { lower, upper } = thresholds;
  const least = (to - from) * 1e-6; // an edge may miss a threshold by a rounding
  const cuts = [from, ...[lower, upper].filter((cut) => cut > from + least && cut < to - least), to];
  return cuts.slice(1).map((end, i) => {
    const middle = (cuts[i]! + end) / 2;
    return { from: cuts[i]!, to: end, kind: middle < lower ? 'below' : middle > upper ? 'duplicate' : 'pair' };
  });
}

function thresholdLines({ lower, upper }: NonNullable<Thresholds>, toX: (x: number) => number, panel: Panel): string {
  // Labels one above the other: the thresholds may be nearer to each other than their labels are wide.
  const lines = [
    [lower, `lower ${formatNumber(lower)}`, plot.top - 5],
    [upper, `upper ${formatNumber(upper)}`, plot.top - 19],
  ] as const;
  return lines
    .map(([at, text, y]) => {
      const x = toX(at);
      const toTheLeft = x > (panel.left + panel.right) / 2;
      return `<line class="threshold" x1="${px(x)}" x2="${px(x)}" y1="${y - 8}" y2="${plot.bottom}"/><text class="threshold" x="${px(x + (toTheLeft ? -5 : 5))}" y="${y}" text-anchor="${toTheLeft ? 'end' : 'start'}">${text}</text>`;
    })
    .join('');
}

function drawPanel(panel: Panel, thresholds: Thresholds, { toY, powers }: ReturnType<typeof scaleY>): string {
  const { title, left, right, bars } = panel;
  const [low, high] = [bars[0]!.from, bars[bars.length - 1]!.to];
  const toX = (value: number) => left + ((value - low) / (high - low)) * (right - left);
  const every = Math.ceil(powers.length / 6);
  const rows = powers.map((power) => {
    const y = px(toY(10 ** power));
    const text = power % every === 0 ? powerText(power) : '';
    return `<line class="grid" x1="${left}" x2="${right}" y1="${y}" y2="${y}"/>${text && `<text class="tick" x="${left - 8}" y="${y}" dy="0.35em" text-anchor="end">${text}</text>`}`;
  });
  const ticks = ticksWithin(low, high, 7);
  const upright = ticks.values.map((value) => {
    const x = px(toX(value));
    return `<line class="axis" x1="${x}" x2="${x}" y1="${plot.bottom}" y2="${plot.bottom + 4}"/><text class="tick" x="${x}" y="${plot.bottom + 19}" text-anchor="middle">${formatTick(value, ticks.step)}</text>`;
  });
  const step = bars[0]!.to - bars[0]!.from;
  const drawn = bars.flatMap((bar) => {
    if (bar.count === 0) return [];
    const text = `<title>${formatTick(bar.from, step / 10)} to ${formatTick(bar.to, step / 10)}: ${formatNumber(bar.count)}</title>`;
    const [y, tall] = [toY(bar.count), plot.bottom - toY(bar.count)];
    return pieces(bar, thresholds).map(
      ({ from, to, kind }) =>
        `<rect class="bar ${kind}" x="${px(toX(from))}" width="${px(Math.max(0.8, toX(to) - toX(from)))}" y="${px(y)}" height="${px(tall)}">${text}</rect>`,
    );
  });
  const base = `<line class="axis" x1="${left}" x2="${right}" y1="${plot.bottom}" y2="${plot.bottom}"/>`;
  const below = `<text class="label" x="${right}" y="${height - 8}" text-anchor="end">cosine</text>`;
  const lines = thresholds ? thresholdLines(thresholds, toX, panel) : '';
  return `<text class="panel" x="${left}" y="12">${title}</text>${rows.join('')}${drawn.join('')}${base}${upright.join('')}${below}${lines}`;
}

function spoken({ thresholds, pairs, duplicates }: PairsReport, [low, high]: readonly [number, number]): string {
  const range = `Pairs of images by cosine, from ${formatNumber(low)} to ${formatNumber(high)}, on a logarithmic scale`;
  if (!thresholds) return `${range}: ${formatNumber(pairs)} pairs mined`;
  const { lower, upper } = thresholds;
  return `${range}: ${formatNumber(pairs)} pairs from ${formatNumber(lower)} to ${formatNumber(upper)}, ${formatNumber(duplicates)} duplicates above`;
}

/** How alike all images are, with both thresholds: the whole range, and what lies around the thresholds. */
export function similarityPlot(report: PairsReport, similarities: SimilarityCounts): string {
  const { thresholds } = report;
  const panels = panelsOf(similarities, thresholds);
  const scale = scaleY(panels.flatMap(({ bars }) => bars).reduce((most, { count }) => Math.max(most, count), 1));
  const label = escapeHtml(spoken(report, reach(similarities, thresholds)));
  const body = panels.map((panel) => drawPanel(panel, thresholds, scale)).join('\n');
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${body}</svg>`;
}
