import { escapeHtml } from '../escape-html.js';
import { htmlPage } from '../html-page.js';
import { comparisonCells, comparisonHeadings, figureText, readingNotes } from './ablation-cells-text.js';
import { metricPlot, plotStyle } from './ablation-plot.js';
import { type AblationMetricTable, type AblationReport, checkAblationReport } from './ablation-report.js';
import { gainPlot } from './gain-plot.js';

const ablationStyle = `
.plot { max-width: 860px; }
.plot > svg { display: block; width: 100%; height: auto; }
table.cells { width: auto; max-width: none; margin-top: 14px; }
table.cells th, table.cells td { padding: 8px 22px 7px 0; vertical-align: baseline; }
table.cells tbody th { width: auto; font-weight: 500; }
table.cells tbody td { min-width: 0; font-size: 16px; white-space: nowrap; }
table.cells .base th { font-weight: 700; }
${plotStyle}`;

function table(
  factors: readonly string[],
  headings: readonly string[],
  metric: AblationMetricTable,
  cells: readonly (readonly string[])[],
): string {
  const heads = [...factors, ...headings].map((name) => `<th scope="col">${escapeHtml(name)}</th>`);
  const rows = metric.rows.map(({ levels, baseline }, i) => {
    const names = levels.map((level) => `<th scope="row">${escapeHtml(level)}</th>`);
    const values = cells[i]!.map((cell) => `<td>${escapeHtml(cell)}</td>`);
    return `<tr${baseline === i ? ' class="base"' : ''}>${names.join('')}${values.join('')}</tr>`;
  });
  return `<div class="wide"><table class="cells">
<thead><tr>${heads.join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`;
}

/**
 * Renders what an ablation has found as one HTML page that needs nothing else: no request, no script, no font.
 *
 * @returns the page, well-formed as XML too.
 * @throws RangeError that says which row does not fit, and what is needed.
 *
 * @example
 * ```ts
 * await writeFile('ablation.html', renderAblation(JSON.parse(await readFile('ablation.json', 'utf8'))));
 * ```
 */
export function renderAblation(report: AblationReport): string {
  checkAblationReport(report);
  const { title, subtitle, facts, factors, seeds, metrics, gains = [], notes } = report;
  const sections = metrics.map((metric, i) => {
    const compared = metric.rows.map((row, place) => comparisonCells(row, place, metric));
    const raw = metric.rows.map(({ values }) => values.map((value) => figureText(value, metric)));
    return `<section aria-labelledby="metric-${i}">
<h2 id="metric-${i}">${escapeHtml(metric.name)}</h2>
<figure class="plot">${metricPlot(metric, seeds)}</figure>
${table(factors, comparisonHeadings(metric), metric, compared)}
${table(
  factors,
  seeds.map((seed) => `seed ${seed}`),
  metric,
  raw,
)}
</section>`;
  });
  const together = `<section aria-labelledby="gains">
<h2 id="gains">Gains</h2>
<p class="how">Each small dot is a run: what it gains over the baseline of its seed, beside another of its figures. The letter stands at the mean of its condition.</p>
${gains.map((gain) => `<figure class="plot">${gainPlot(report, gain)}</figure>`).join('\n')}
</section>`;
  const reading = [
    ...readingNotes(report),
    'In the plot a dot is a seed, the upright line the mean. The bar is one standard deviation to both sides, of differences the interval; it is cut off where it would be much longer than the dots lie apart.',
  ];
  const items = [...notes, ...reading].map((note) => `<li>${escapeHtml(note)}</li>`);
  const ending = `<section aria-labelledby="notes">
<h2 id="notes">Notes</h2>
<ul>
${items.join('\n')}
</ul>
</section>`;
  return htmlPage({
    title,
    subtitle,
    facts,
    style: ablationStyle,
    main: [...sections, ...(gains.length > 0 ? [together] : []), ending].join('\n'),
  });
}
