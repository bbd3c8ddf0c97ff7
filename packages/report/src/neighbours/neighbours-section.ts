import { cosineDigits } from '../cosine-digits.js';
import { displayScale, longestSide } from '../display-scale.js';
import { escapeHtml } from '../escape-html.js';
import { formatNumber, formatShare } from '../format-number.js';
import { meter } from '../pairs/class-table.js';
import type { ReportImage } from '../prototype-tree.js';
import { pngDataUri, shrink, thumbnailSide } from '../thumbnail.js';
import type { NearImage, NeighbourImage, NeighbourRow, ReportNeighbours } from './report-neighbours.js';

/** The most that an image of this section has, on the page and in pixels. */
const SIDE = 84;

/** What a row has room for, in units of CSS; between two images, and before those of a feature. */
const WIDTH = 1072;
const GAP = 8;
const FEATURE_GAP = 18;

/** The rules of this section. */
export const neighboursStyle = `
.near { width: auto; max-width: none; margin-top: 18px; }
.near tr { break-inside: avoid; }
.near th, .near td, .near thead td { padding: 0 ${GAP}px 12px 0; border: 0; vertical-align: top; font-size: 13px; line-height: 1.3; }
.near thead th { padding-bottom: 8px; }
.near tbody td { min-width: 0; }
.near .feature { padding-left: ${FEATURE_GAP}px; }
.near .frame { display: block; width: max-content; margin-bottom: 3px; border-radius: 2px; }
.near img { display: block; max-width: none; border-radius: 2px; }
.near .differ .frame { outline: 2px dashed var(--s1); outline-offset: 1px; }
.near .class { display: block; overflow-wrap: anywhere; }
.near .query .class { font-weight: 600; }
.near .differ .class { color: var(--s1); }
@media print { .near img { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;

/** How pictures are shown: how large, of how many pixels, and cosines with how many digits. */
interface Look {
  readonly room: number;
  readonly pixels: number;
  readonly digits: number;
}

const cosine = (value: number, digits: number): string => value.toFixed(digits).replace('-', '−');

function pictureHtml(picture: ReportImage, text: string, { room, pixels }: Look): string {
  const scale = displayScale(longestSide([picture]), room, room);
  const [width, height] = [picture.width, picture.height].map((size) => Math.max(1, Math.round(size * scale)));
  const sharp = scale >= 2 ? ' class="pixels"' : '';
  const alt = escapeHtml(text);
  return `<span class="frame"><img src="${pngDataUri(shrink(picture, pixels))}" width="${width}" height="${height}" alt="${alt}" title="${alt}"${sharp}/></span>`;
}

/** The words of a picture: `Image 12, Coat`. */
const named = ({ image, picture: { label } }: NeighbourImage): string =>
  label === undefined ? `Image ${image}` : `Image ${image}, ${label}`;

const classHtml = (label: string | undefined, room: number): string =>
  label === undefined ? '' : `<span class="class" style="max-width: ${room}px">${escapeHtml(label)}</span>`;

function queryCell(query: NeighbourImage, look: Look): string {
  const shown = pictureHtml(query.picture, `Query: ${named(query)}`, look);
  return `<td class="query">${shown}${classHtml(query.picture.label, look.room)}</td>`;
}

function nearCell(near: NearImage, first: boolean, query: NeighbourImage, feature: string, look: Look): string {
  const [own, other] = [query.picture.label, near.picture.label];
  const differs = own !== undefined && other !== undefined && own !== other;
  const similarity = cosine(near.similarity, look.digits);
  const shown = pictureHtml(near.picture, `${feature}: ${named(near)}, cosine ${similarity}`, look);
  const classes = [...(first ? ['feature'] : []), ...(differs ? ['differ'] : [])].join(' ');
  const name = differs || own === undefined ? classHtml(other, look.room) : '';
  return `<td${classes ? ` class="${classes}"` : ''}>${shown}${similarity}${name}</td>`;
}

function rowHtml({ query, neighbours }: NeighbourRow, { features, k }: ReportNeighbours, look: Look): string {
  const lists = neighbours.map((list, feature) => {
    const cells = list.map((near, i) => nearCell(near, i === 0, query, features[feature]!, look));
    const left = k - list.length;
    const none = list.length === 0 ? ' class="feature"' : '';
    return cells.join('') + (left > 0 ? `<td${none}${left > 1 ? ` colspan="${left}"` : ''}></td>` : '');
  });
  return `<tr>${queryCell(query, look)}${lists.join('')}</tr>`;
}

function picturesTable(neighbours: ReportNeighbours): string {
  const { features, k, rows } = neighbours;
  const near = rows.flatMap((row) => row.neighbours.flat());
  const columns = 1 + features.length * k;
  const room = Math.floor((WIDTH - features.length * FEATURE_GAP) / columns) - GAP;
  const look: Look = {
    room: Math.max(40, Math.min(SIDE, room)),
    pixels: thumbnailSide(
      [...near, ...rows.map(({ query }) => query)].map(({ picture }) => picture),
      SIDE,
    ),
    digits: cosineDigits(
      near.map(({ similarity }) => similarity),
      3,
    ),
  };
  const heads = features.map(
    (name) => `<th scope="colgroup" class="feature"${k > 1 ? ` colspan="${k}"` : ''}>${escapeHtml(name)}</th>`,
  );
  return `<div class="wide"><table class="near">
<thead><tr><th scope="col">Query</th>${heads.join('')}</tr></thead>
<tbody>
${rows.map((row) => rowHtml(row, neighbours, look)).join('\n')}
</tbody>
</table></div>`;
}

function figuresHtml({ features, k, figures }: ReportNeighbours): string {
  if (!figures) return '';
  const { queries, purity, shared = [] } = figures;
  const rows = (purity?.shares ?? []).map(
    (share, i) =>
      `<tr><th scope="row">${escapeHtml(features[i]!)}</th><td>${meter(share)}${formatShare(share)}</td></tr>`,
  );
  const table = purity
    ? `<div class="wide"><table class="figures">
<thead><tr><th scope="col">Feature</th><th scope="col">Neighbours of the query's class</th></tr></thead>
<tbody>
${rows.join('\n')}
<tr><th scope="row">at random</th><td>${meter(purity.chance)}${formatShare(purity.chance)}</td></tr>
</tbody>
</table></div>`
    : '';
  const overlaps = shared.map(({ features: [first, second], shared: count, jaccard }) => {
    return `<p>Under ${escapeHtml(first)} and ${escapeHtml(second)} a query has ${formatNumber(count, 3)} of its ${k} neighbours in common, on average; Jaccard index ${formatNumber(jaccard, 3)}.</p>`;
  });
  if (!table && overlaps.length === 0) return '';
  const over = `${formatNumber(queries)} ${queries === 1 ? 'query' : 'queries'}`;
  return `<h3 class="sample">Over ${over}</h3>
${[table, ...overlaps].filter(Boolean).join('\n')}`;
}

/** Images and, beside each, those nearest to it under each feature; beneath, what all of them come to. */
export function neighboursSection(neighbours: ReportNeighbours): string {
  const { features, k, queriesOf, candidates, rows } = neighbours;
  const { name, count, outOf = count } = candidates;
  const set =
    outOf > count
      ? `${formatNumber(count)} images drawn from the ${formatNumber(outOf)} of`
      : `the ${formatNumber(count)} images of`;
  const labelled = rows.some(({ query }) => query.picture.label !== undefined);
  const how = [
    `Images of ${escapeHtml(queriesOf)}, and beside each the ${k} nearest of ${set} ${escapeHtml(name)} by the cosine of their features${features.length > 1 ? ', under each feature' : ''}, the nearest first.`,
    ...(labelled ? ['A dashed frame: another class than that of the query.'] : []),
  ];
  return [
    `<p class="how">${how.join(' ')}</p>`,
    rows.length > 0 ? picturesTable(neighbours) : '',
    figuresHtml(neighbours),
  ]
    .filter(Boolean)
    .join('\n');
}
