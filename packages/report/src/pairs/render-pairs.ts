import { curveFigure } from '../curve-figure.js';
import { escapeHtml } from '../escape-html.js';
import { formatNumber, formatShare, formatTick } from '../format-number.js';
import { htmlPage } from '../html-page.js';
import { classTable, figuresStyle } from './class-table.js';
import { otherThresholds } from './other-thresholds.js';
import { cardStyle } from './pair-cards.js';
import { checkPairsReport, type PairPurity, type PairsReport, type SimilarityCounts } from './pairs-report.js';
import { sampleGroups } from './pairs-section.js';
import { similarityPlot, similarityStyle } from './similarity-plot.js';

const total = ({ counts }: SimilarityCounts): number => Array.from(counts).reduce((sum, count) => sum + count, 0);

function section(id: string, heading: string, body: string): string {
  return `<section aria-labelledby="${id}">\n<h2 id="${id}">${heading}</h2>\n${body}\n</section>`;
}

function legend({ thresholds, pairs, duplicates }: PairsReport, all: number): string {
  if (!thresholds) return '';
  const { lower, upper } = thresholds;
  const entries = [
    ['below', `under ${formatNumber(lower)}: not alike enough`, Math.max(0, all - pairs - duplicates)],
    ['pair', `${formatNumber(lower)} to ${formatNumber(upper)}: pairs`, pairs],
    ['duplicate', `over ${formatNumber(upper)}: duplicates`, duplicates],
  ] as const;
  const items = entries.map(
    ([kind, text, count]) => `<li><span class="swatch ${kind}"></span>${text} <b>${formatNumber(count)}</b></li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}

function thresholdTable({ thresholds, pairs }: PairsReport, similarities: SimilarityCounts): string {
  if (!thresholds) return '';
  const { lower, upper } = thresholds;
  const { rows: others, step } = otherThresholds(similarities, thresholds);
  if (others.length === 0) return '';
  const rows = [...others.map((other) => ({ ...other, now: false })), { lower, pairs, now: true }].sort(
    (a, b) => a.lower - b.lower,
  );
  const cells = rows.map(({ lower: at, pairs: count, now }) => {
    const times = pairs > 0 ? `× ${formatNumber(count / pairs, 2)}` : '';
    return `<tr${now ? ' class="now"' : ''}><th scope="row">${now ? formatNumber(at) : formatTick(at, step)}</th><td class="number">${now ? '' : 'about '}${formatNumber(count)}</td><td class="number">${now ? 'as mined' : times}</td></tr>`;
  });
  return `<h3 class="sample">With another lower threshold</h3>
<p class="how">Pairs from there up to ${formatNumber(upper)}, as the bins of the figure tell.</p>
<div class="wide"><table class="figures">
<thead><tr><th scope="col">lower</th><th scope="col" class="number">Pairs</th><th scope="col" class="number">of those mined</th></tr></thead>
<tbody>
${cells.join('\n')}
</tbody>
</table></div>`;
}

function similaritySection(report: PairsReport, similarities: SimilarityCounts): string {
  const counted = total(similarities);
  const all = similarities.outOf ?? counted;
  const how =
    all > counted
      ? `The cosines of ${formatNumber(counted)} pairs of images, drawn from all ${formatNumber(all)}. The counts on the axis are of those drawn.`
      : `The cosines of all ${formatNumber(all)} pairs of images.`;
  return `<p class="how">${how} The scale is logarithmic: each line is ten times the one below it.</p>
<figure class="similarities">${legend(report, all)}${similarityPlot(report, similarities)}</figure>
${thresholdTable(report, similarities)}`;
}

function puritySection({ share, chance, bySimilarity = [] }: PairPurity): string {
  const text = `<p>${formatShare(share)} of the pairs are of one class; of pairs at random ${formatShare(chance)} would be.</p>`;
  if (bySimilarity.length < 2) return text;
  const x = bySimilarity.map(({ similarity }) => similarity);
  const figure = curveFigure({
    title: 'Share of pairs with one class, by similarity',
    xLabel: 'cosine',
    series: [
      { name: 'mined', x, y: bySimilarity.map((point) => point.share) },
      { name: 'at random', x: [x[0]!, x[x.length - 1]!], y: [chance, chance] },
    ],
  });
  const each = bySimilarity.map(({ pairs }) => pairs);
  const size = `${formatNumber(Math.min(...each))}${Math.min(...each) < Math.max(...each) ? ` to ${formatNumber(Math.max(...each))}` : ''}`;
  return `${text}
<p class="how">Where the line falls to the left, pairs near the lower threshold are worse than the others: raise it. Each point is of ${size} pairs.</p>
${figure}`;
}

/**
 * Renders what a miner of positive pairs found as one HTML page that needs nothing else: no request, no script, no font.
 *
 * From top to bottom: facts, how alike all images are with both thresholds and what other thresholds would give, how many
 * pairs are of one class, pairs to look at, and a table of classes.
 *
 * @returns the page, well-formed as XML too.
 * @throws RangeError that says which pair, bin or class does not fit, and what is needed.
 *
 * @example
 * ```ts
 * const picture = { width: 2, height: 1, channels: 1 as const, data: Uint8Array.of(0, 255), label: 'Shirt' };
 * const pair = { images: [3, 8] as const, similarity: 0.981, pictures: [picture, picture] as const };
 * const html = renderPairs({
 *   title: 'Pairs of Fashion-MNIST',
 *   facts: [['Encoder', 'moco-v2']],
 *   pairs: 1,
 *   duplicates: 0,
 *   thresholds: { lower: 0.97, upper: 0.99 },
 *   samples: [{ title: 'Most alike', pairs: [pair] }],
 * });
 * ```
 */
export function renderPairs(report: PairsReport): string {
  checkPairsReport(report);
  const { title, subtitle, facts, similarities, purity, samples, classes = [], notes = [] } = report;
  const sections = [
    similarities ? section('similarities', 'How alike the images are', similaritySection(report, similarities)) : '',
    purity ? section('purity', 'Whether pairs are of one class', puritySection(purity)) : '',
    samples.length > 0 ? section('pairs', 'Pairs to look at', sampleGroups(samples)) : '',
    classes.length > 0 ? section('classes', 'Classes', classTable(classes)) : '',
    notes.length > 0 ? section('notes', 'Notes', notes.map((note) => `<p>${escapeHtml(note)}</p>`).join('\n')) : '',
  ];
  return htmlPage({
    title,
    subtitle,
    facts,
    style: `${similarityStyle}${cardStyle}${figuresStyle}.curve { max-width: 520px; margin-top: 18px; }`,
    main: sections.filter(Boolean).join('\n'),
  });
}
