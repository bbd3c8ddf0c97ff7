import { displayScale, longestSide } from './display-scale.js';
import { escapeHtml } from './escape-html.js';
import type { ReportImage } from './prototype-tree.js';
import type { ReportViews } from './report-input.js';
import { pngDataUri, shrink, thumbnailSide } from './thumbnail.js';

/** The most that an image of this section has, on the page and in pixels. */
const SIDE = 128;

/** What the rows of a section have room for together, in units of CSS. */
const WIDTH = 1040;
const GAP = 8;

/** The captions of the columns, the original's first. */
function columnNames({ rows, labels }: ReportViews): string[] {
  const views = rows[0]?.views ?? [];
  return ['Original', ...views.map((_, i) => labels?.[i] ?? `View ${i + 1}`)];
}

function picture(image: ReportImage, scale: number, side: number, text: string): string {
  const [width, height] = [image.width, image.height].map((size) => Math.max(1, Math.round(size * scale)));
  const sharp = scale >= 2 ? ' class="pixels"' : '';
  const alt = escapeHtml(text);
  return `<img src="${pngDataUri(shrink(image, side))}" width="${width}" height="${height}" alt="${alt}" title="${alt}"${sharp}/>`;
}

/** Rows of images, each with its views beside it, under a caption a column. */
export function viewsSection(shown: ReportViews): string {
  const { rows } = shown;
  const names = columnNames(shown);
  const images = rows.flatMap(({ original, views }) => [original, ...views]);
  const pixels = thumbnailSide(images, SIDE);
  const room = Math.max(64, Math.min(SIDE, Math.floor(WIDTH / names.length) - GAP));
  const longest = longestSide(rows.flatMap(({ views }) => views));
  const scale = displayScale(longest, room, room);
  const named = rows.some(({ original }) => original.label !== undefined);
  const row = ({ original, views }: ReportViews['rows'][number], i: number) => {
    const name = original.label ?? `Image ${i + 1}`;
    const cells = views.map((view, column) => {
      const side = Math.ceil((longestSide([view]) * Math.min(pixels, longest)) / longest);
      return picture(view, scale, side, `${name}, ${names[column + 1]}`);
    });
    const whole = picture(original, displayScale(longestSide([original]), room, room), pixels, `${name}, ${names[0]}`);
    const heading = named ? `<th scope="row">${escapeHtml(original.label ?? '')}</th>` : '';
    return `<tr>${heading}<td class="original">${whole}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  };
  return `<p class="how">Each row is one image as it is stored and, beside it, what the network gets in its place. Views are drawn anew whenever an image is used; these are one draw.</p>
<div class="wide"><table class="views">
<thead><tr>${named ? '<td></td>' : ''}${names.map((name, i) => `<th scope="col"${i === 0 ? ' class="original"' : ''}>${escapeHtml(name)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map(row).join('\n')}
</tbody>
</table></div>`;
}
