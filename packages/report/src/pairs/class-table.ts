import { escapeHtml } from '../escape-html.js';
import { formatNumber, formatShare, missing } from '../format-number.js';
import type { PairClass } from './pairs-report.js';

/** The rules of tables of figures. */
export const figuresStyle = `
table.figures { width: auto; max-width: none; }
table.figures th, table.figures td { padding: 7px 26px 6px 0; vertical-align: baseline; }
table.figures tbody th { width: auto; font-weight: 500; }
table.figures tbody td { min-width: 0; font-size: 16px; white-space: nowrap; }
table.figures .number { text-align: right; }
table.figures .now th, table.figures .now td { font-weight: 700; }
table.figures small { display: inline; margin-left: 8px; }
.meter { display: inline-block; width: 90px; height: 9px; margin-right: 10px; border-radius: 2px; }
.meter .all { fill: var(--even); } .meter .part { fill: var(--accent); }
`;

const share = (part: number, whole: number): number => (whole > 0 ? part / whole : Number.NaN);

/** A share as a bar. */
export const meter = (value: number): string =>
  Number.isFinite(value)
    ? `<svg class="meter" aria-hidden="true"><rect class="all" width="100%" height="100%"/><rect class="part" width="${(100 * value).toFixed(1)}%" height="100%"/></svg>`
    : '';

function row({ name, images, paired, pairs, within, other }: PairClass): string {
  const stays = share(within, pairs);
  const goes = other
    ? `${escapeHtml(other.name)}<small>${formatNumber(other.pairs)} ${other.pairs === 1 ? 'pair' : 'pairs'}, ${formatShare(share(other.pairs, pairs))}</small>`
    : missing;
  return `<tr><th scope="row">${escapeHtml(name)}</th><td class="number">${formatNumber(images)}</td><td class="number">${formatShare(share(paired, images))}</td><td class="number">${formatNumber(pairs)}</td><td>${meter(stays)}${formatShare(stays)}</td><td>${goes}</td></tr>`;
}

/** The classes with what became of their images, the class with most pairs first. */
export function classTable(classes: readonly PairClass[]): string {
  const heads = ['Class', 'Images', 'in a pair', 'Pairs', 'stay in the class', 'Most common other class'];
  const cells = heads.map((text, i) => `<th scope="col"${i >= 1 && i <= 3 ? ' class="number"' : ''}>${text}</th>`);
  const sorted = [...classes].sort((a, b) => b.pairs - a.pairs);
  return `<div class="wide"><table class="figures">
<thead><tr>${cells.join('')}</tr></thead>
<tbody>
${sorted.map(row).join('\n')}
</tbody>
</table></div>`;
}
