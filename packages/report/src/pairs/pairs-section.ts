import { cosineDigits } from '../cosine-digits.js';
import { escapeHtml } from '../escape-html.js';
import { thumbnailSide } from '../thumbnail.js';
import { PAIR_SIDE, pairCards } from './pair-cards.js';
import { checkSamples, type PairSample } from './pairs-report.js';

/** The semantic positive pairs that a run is trained on, in a report of the run. */
export interface ReportPairs {
  /** Label and value. */
  readonly facts: readonly (readonly [label: string, value: string | number])[];
  readonly samples: readonly PairSample[];
  /** Where the page of the pairs is, from the report's own folder: `pairs/pairs.html`. */
  readonly page?: string;
}

/** Refuses pairs that cannot be drawn, and a page elsewhere. */
export function checkReportPairs({ samples, page }: ReportPairs): void {
  checkSamples(samples);
  if (page !== undefined && (/^[\w+.-]*:/.test(page) || page.startsWith('/'))) {
    throw new RangeError(`Cannot lead to the page of pairs at ${page}: give its place from the report's folder`);
  }
}

/** Groups of pairs under their titles. */
export function sampleGroups(samples: readonly PairSample[]): string {
  const pictures = samples.flatMap(({ pairs }) => pairs.flatMap((pair) => [...pair.pictures]));
  const side = thumbnailSide(pictures, PAIR_SIDE);
  const cosines = samples.flatMap(({ pairs }) => pairs.flatMap(({ similarity }) => similarity ?? []));
  const digits = cosineDigits(cosines, 4);
  const labelled = pictures.some(({ label }) => label !== undefined);
  const how = `<p class="how">Each pair with the cosine of its features and the numbers of its images.${labelled ? ' A dashed frame: two classes.' : ''}</p>`;
  const groups = samples.map((sample) => {
    const note = sample.note ? `\n<p class="how">${escapeHtml(sample.note)}</p>` : '';
    const cards = sample.pairs.length > 0 ? pairCards(sample, side, digits) : '<p class="quiet">None.</p>';
    return `<h3 class="sample">${escapeHtml(sample.title)}</h3>${note}\n${cards}`;
  });
  return [how, ...groups].join('\n');
}

/** What a run was trained on besides its images. */
export function pairsSection({ facts, samples, page }: ReportPairs): string {
  const terms = facts.map(([label, value]) => `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`);
  const more = page === undefined ? '' : ` <a href="${escapeHtml(page)}">All there is to know of them</a>`;
  return `<p class="how">Pairs of different images that the run was trained on besides the images.${more}</p>
${terms.length > 0 ? `<dl>${terms.join('')}</dl>` : ''}
${samples.length > 0 ? sampleGroups(samples) : ''}`;
}
