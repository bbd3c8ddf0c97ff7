import { escapeHtml } from './escape-html.js';
import { formatNumber, formatShare } from './format-number.js';
import type { ResultRow, Results } from './report-input.js';
import { ticksAround } from './ticks.js';

/** The range that a column's dots are drawn over. */
interface ColumnScale {
  readonly low: number;
  readonly high: number;
  readonly best: number;
}

function scaleOf(values: readonly number[]): ColumnScale | null {
  const finite = values.filter((value) => Number.isFinite(value));
  if (finite.length < 2) return null;
  const [low, best] = [Math.min(...finite), Math.max(...finite)];
  if (low === best) return null;
  const { values: ticks } = ticksAround(low - (best - low) * 0.05, best + (best - low) * 0.05, 4);
  return { low: ticks[0]!, high: ticks[ticks.length - 1]!, best };
}

const dotAt = (value: number, { low, high }: ColumnScale) =>
  `<svg class="strip" height="12" aria-hidden="true"><line x1="0" x2="100%" y1="6" y2="6"/><circle cx="${(((value - low) / (high - low)) * 100).toFixed(1)}%" cy="6" r="4"/></svg>`;

/** The table of results: every value, with a dot on its column's scale, the column's highest in bold. */
export function resultsTable({ columns, rows, format = 'percent' }: Results): string {
  const show = format === 'percent' ? formatShare : formatNumber;
  const scales = columns.map((_, column) => scaleOf(rows.map(({ values }) => values[column]!)));
  const cell = (value: number, column: number) => {
    const scale = scales[column];
    const text = scale?.best === value ? `<b>${show(value)}</b>` : `<span>${show(value)}</span>`;
    return `<td>${text}${scale && Number.isFinite(value) ? dotAt(value, scale) : ''}</td>`;
  };
  const row = ({ name, values, note, highlight }: ResultRow) =>
    `<tr${highlight ? ' class="highlight"' : ''}><th scope="row">${escapeHtml(name)}${note ? `<small>${escapeHtml(note)}</small>` : ''}</th>${values.map(cell).join('')}</tr>`;
  const range = (scale: ColumnScale | null | undefined) =>
    scale
      ? `<td><span class="range"><span>${show(scale.low)}</span><span>${show(scale.high)}</span></span></td>`
      : '<td></td>';
  return `<div class="wide"><table class="results">
<thead><tr><td></td>${columns.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map(row).join('\n')}
</tbody>
<tfoot aria-hidden="true"><tr><td></td>${scales.map(range).join('')}</tr></tfoot>
</table></div>`;
}
