import { checkReportInput } from './check-report-input.js';
import { curveFigure } from './curve-figure.js';
import { escapeHtml } from './escape-html.js';
import { htmlPage } from './html-page.js';
import { neighboursSection, neighboursStyle } from './neighbours/neighbours-section.js';
import { figuresStyle } from './pairs/class-table.js';
import { cardStyle } from './pairs/pair-cards.js';
import { pairsSection } from './pairs/pairs-section.js';
import type { ReportInput } from './report-input.js';
import { resultsTable } from './results-table.js';
import { treeSection } from './tree-section.js';
import { viewsSection } from './views-section.js';

function section(id: string, heading: string, body: string): string {
  return `<section aria-labelledby="${id}">\n<h2 id="${id}">${heading}</h2>\n${body}\n</section>`;
}

/**
 * Renders a report as one HTML page that needs nothing else: no request, no script, no font.
 *
 * The page follows the reader's light or dark setting, prints, and reads aloud: the table has headings, every figure and
 * image a text. Curves with more points than the plot can show keep the lowest and highest of each column. Images are
 * shrunk to at most 64 pixels a side (views and their originals to 128), further if there are many, so that all those of
 * a section hold at most about 2 MB of pixels.
 *
 * @returns the page, well-formed as XML too.
 * @throws RangeError that says which row, series, mark or image does not fit, and what is needed.
 *
 * @example
 * ```ts
 * const html = renderReport({
 *   title: 'HCSC on Fashion-MNIST',
 *   facts: [['Backend', 'wasm'], ['Seed', 0]],
 *   results: { columns: ['kNN top-1'], rows: [{ name: 'trained', values: [0.797] }, { name: 'raw pixels', values: [0.789] }] },
 *   curves: [{ title: 'Loss', xLabel: 'epoch', series: [{ name: 'total', x: [1, 2, 3], y: [7.1, 6.2, 5.9] }] }],
 * });
 * ```
 */
export function renderReport(input: ReportInput): string {
  checkReportInput(input);
  const { title, subtitle, facts, results, curves, views, pairs, neighbours, tree, warnings = [], notes = [] } = input;
  const sections = [
    results.rows.length > 0 ? section('results', 'Results', resultsTable(results)) : '',
    warnings.length > 0
      ? section(
          'warnings',
          'Warnings',
          `<ul>\n${warnings.map((line) => `<li>${escapeHtml(line)}</li>`).join('\n')}\n</ul>`,
        )
      : '',
    curves.length > 0
      ? section('curves', 'Training', `<div class="curves">\n${curves.map(curveFigure).join('\n')}\n</div>`)
      : '',
    views && views.rows.length > 0 ? section('views', 'What the network sees', viewsSection(views)) : '',
    pairs ? section('pairs', 'Semantic positive pairs', pairsSection(pairs)) : '',
    neighbours ? section('neighbours', 'Nearest neighbours', neighboursSection(neighbours)) : '',
    tree && tree.roots.length > 0 ? section('prototypes', 'Prototypes', treeSection(tree)) : '',
    notes.length > 0 ? section('notes', 'Notes', notes.map((note) => `<p>${escapeHtml(note)}</p>`).join('\n')) : '',
  ];
  const style = [pairs && cardStyle, neighbours && figuresStyle + neighboursStyle].filter(Boolean).join('');
  return htmlPage({ title, subtitle, facts, style, main: sections.filter(Boolean).join('\n') });
}
