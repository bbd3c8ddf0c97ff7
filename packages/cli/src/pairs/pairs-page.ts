import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageSource } from '@hcsc/data';
import { type PairClass, type PairsReport, writePairs } from '@hcsc/report';
import { type MinedPairs, pairStatistics } from '@hcsc/samplers';
import { PAIR_FILES } from '@hcsc/train';
import { className } from '../pictures.js';
import { keptSimilarities, keptSummary } from './kept-summary.js';
import { pairFacts } from './pair-facts.js';
import { bySimilarity, commonOthers, purityBySimilarity } from './pair-groups.js';
import { pairSamples } from './pair-samples.js';

/** Pairs of each group on the page. */
const SHOWN = 10;

/** What a page of pairs is made from. */
export interface PairsToShow {
  /** Of the recipe. */
  readonly name: string;
  readonly mined: MinedPairs;
  readonly source: ImageSource;
  /** Where the features are that they were mined from, if they are anywhere. */
  readonly folder: string;
}

function classesOf(mined: MinedPairs, source: ImageSource): PairClass[] | undefined {
  const { labels } = source;
  if (!labels) return undefined;
  const others = commonOthers(mined, labels);
  return pairStatistics(mined, { labels }).classes?.map(({ label, images, paired, pairs, pure }) => {
    const other = others.get(label);
    return {
      ...{ name: className(source, label), images, paired, pairs, within: pure },
      other: other ? { name: className(source, other.label), pairs: other.pairs } : null,
    };
  });
}

/** All that the page of mined pairs shows. */
export async function pairsReport({ name, mined, source, folder }: PairsToShow): Promise<PairsReport> {
  const { labels } = source;
  const summary = await keptSummary(folder, mined);
  const { pairs, duplicates, purity, chancePurity } = pairStatistics(mined, labels ? { labels } : {});
  const order = bySimilarity(mined);
  const similarities = summary && keptSimilarities(summary);
  const classes = classesOf(mined, source);
  return {
    title: `Pairs of ${name}`,
    subtitle: source.name,
    facts: pairFacts(mined, summary, labels),
    ...{ pairs, duplicates, thresholds: mined.thresholds ?? null },
    ...(similarities && { similarities }),
    ...(labels &&
      chancePurity !== null && {
        purity: {
          share: purity ?? Number.NaN,
          chance: chancePurity,
          bySimilarity: purityBySimilarity(mined, labels, order),
        },
      }),
    samples: await pairSamples(mined, source, { order, folder, count: SHOWN }),
    ...(classes && { classes }),
  };
}

const writtenAt = async (path: string): Promise<number> => (await stat(path).catch(() => null))?.mtimeMs ?? 0;

/**
 * Writes the page of mined pairs into a folder.
 *
 * @param fresh Leave a page that was written after the pairs as it is.
 * @returns where it is.
 */
export async function writePairsPage(place: string, shown: PairsToShow, { fresh = false } = {}): Promise<string> {
  const path = join(place, PAIR_FILES.page);
  const made = fresh ? await writtenAt(join(shown.folder, PAIR_FILES.pairs)) : 0;
  if (made === 0 || (await writtenAt(path)) < made) await writePairs(path, await pairsReport(shown));
  return path;
}
