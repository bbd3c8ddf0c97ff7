import { displayScale, longestSide } from '../display-scale.js';
import { escapeHtml } from '../escape-html.js';
import type { ReportImage } from '../prototype-tree.js';
import { pngDataUri, shrink } from '../thumbnail.js';
import type { PairSample, ReportPair } from './pairs-report.js';

/** The most that an image of a pair has, in units of CSS. */
export const PAIR_SIDE = 84;

/** The rules of cards. */
export const cardStyle = `
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(184px, 1fr)); gap: 20px 18px; margin: 14px 0 0; padding: 0; list-style: none; }
.card { break-inside: avoid; font-size: 14px; line-height: 1.35; }
.two { display: flex; gap: 3px; width: max-content; padding: 3px; margin: 0 0 4px -3px; border: 2px solid transparent; border-radius: 4px; }
.two img { display: block; border-radius: 2px; }
.card.differ .two { border: 2px dashed var(--s1); }
.card b { margin-right: 8px; } .card span { overflow-wrap: anywhere; } .card .quiet { display: block; }
a { color: var(--accent); text-underline-offset: 3px; }
`;

const similarityText = (value: number | null, digits: number): string =>
  value === null ? '' : `<b>${value.toFixed(digits).replace('-', '−')}</b>`;

/** Whether both classes are known, and are not the same. */
const differs = ([first, second]: ReportPair['pictures']): boolean =>
  first.label !== undefined && second.label !== undefined && first.label !== second.label;

function classesOf([{ label: first }, { label: second }]: ReportPair['pictures']): string {
  if (first === undefined && second === undefined) return '';
  return first === second ? first! : `${first ?? '?'} ≠ ${second ?? '?'}`;
}

function picture(image: ReportImage, side: number, text: string): string {
  const scale = displayScale(longestSide([image]), PAIR_SIDE, PAIR_SIDE);
  const [width, height] = [image.width, image.height].map((size) => Math.max(1, Math.round(size * scale)));
  const sharp = scale >= 2 ? ' class="pixels"' : '';
  const alt = escapeHtml(text);
  return `<img src="${pngDataUri(shrink(image, side))}" width="${width}" height="${height}" alt="${alt}" title="${alt}"${sharp}/>`;
}

function card({ images, similarity, pictures, names }: ReportPair, side: number, digits: number): string {
  const text = (which: 0 | 1) => {
    const label = pictures[which].label;
    return [`Image ${images[which]}`, ...(label === undefined ? [] : [label]), ...(names ? [names[which]] : [])].join(
      ', ',
    );
  };
  const shown = ([0, 1] as const).map((which) => picture(pictures[which], side, text(which)));
  const classes = classesOf(pictures);
  return `<li class="card${differs(pictures) ? ' differ' : ''}"><span class="two">${shown.join('')}</span>${similarityText(similarity, digits)}${classes ? `<span>${escapeHtml(classes)}</span>` : ''}<span class="quiet">${images[0]} · ${images[1]}</span></li>`;
}

/** A group of pairs as pictures, each with its similarity and classes. */
export function pairCards({ pairs }: PairSample, side: number, digits: number): string {
  return `<ul class="cards">\n${pairs.map((pair) => card(pair, side, digits)).join('\n')}\n</ul>`;
}
