import { type MinedPairs, pairStatistics } from '@hcsc/samplers';
import type { PairSummary } from '@hcsc/train';

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const whole = (value: number) => value.toLocaleString('en');

/** A similarity in six digits, which are what float32 has. */
const short = (value: number) => String(Number(value.toPrecision(6)));

/** The summary lists no more images that were left out. */
const LISTED = 100;

/** How the miner chose what is kept: `0.97 to 0.99`, `0.931204 to 0.99, for 5,000 pairs`. */
function thresholdsText({ thresholds, similarities }: MinedPairs, summary: PairSummary | null): string | null {
  if (!thresholds) return null;
  const target = summary?.miner.target;
  const found = similarities.length;
  const wanted =
    typeof target !== 'number'
      ? ''
      : found < target
        ? `: all ${whole(found)} there are, of ${whole(target)} asked for`
        : `, for ${whole(target)} pairs`;
  return `${short(thresholds.lower)} to ${short(thresholds.upper)}${wanted}`;
}

/** What there is to say of mined pairs in few words, label and value. */
export function pairFacts(
  mined: MinedPairs,
  summary: PairSummary | null,
  labels: ArrayLike<number> | null,
): (readonly [label: string, value: string])[] {
  const { images } = mined;
  const { pairs, duplicates, coverage, purity, chancePurity } = pairStatistics(mined, labels ? { labels } : {});
  const compared = summary?.features?.images ?? null;
  const left = [
    [summary?.features?.unreadable.length ?? 0, 'cannot be read'],
    [summary?.features?.zero.length ?? 0, 'have features of zero'],
  ] as const;
  const facts: (readonly [string, string | null])[] = [
    ['Encoder', summary ? String(summary.encoder.name) : null],
    [
      'Images compared',
      compared === null ? null : compared === images ? whole(images) : `${whole(compared)} of ${whole(images)}`,
    ],
    [
      'Left out',
      left
        .flatMap(([count, why]) => (count > 0 ? [`${count < LISTED ? count : `${LISTED} or more`} ${why}`] : []))
        .join(', ') || null,
    ],
    ['Miner', mined.thresholds ? null : summary ? String(summary.miner.name) : null],
    ['Thresholds', thresholdsText(mined, summary)],
    ['Pairs', whole(pairs)],
    ['Duplicates', whole(duplicates)],
    ['Images in a pair', `${whole(Math.round(coverage * images))}, ${percent(coverage)}`],
    [
      'Of one class',
      purity === null
        ? null
        : `${percent(purity)}${chancePurity === null ? '' : `, at random ${percent(chancePurity)}`}`,
    ],
  ];
  return facts.filter((fact): fact is readonly [string, string] => fact[1] !== null);
}
