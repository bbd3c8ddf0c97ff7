import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SimilarityCounts } from '@hcsc/report';
import type { MinedPairs } from '@hcsc/samplers';
import { PAIR_FILES, type PairSummary } from '@hcsc/train';

/** What a folder of pairs says of them; null if it says nothing of these. */
export async function keptSummary(
  folder: string,
  { images, pairs, duplicates }: MinedPairs,
): Promise<PairSummary | null> {
  try {
    const summary = JSON.parse(await readFile(join(folder, PAIR_FILES.summary), 'utf8')) as PairSummary;
    const { statistics } = summary;
    const isOfThese = statistics.pairs === pairs.length / 2 && statistics.duplicates === duplicates.length / 2;
    return summary.images === images && isOfThese ? summary : null;
  } catch {
    return null;
  }
}

/** How alike the images are that pairs were looked for among; null if that is not known. */
export function keptSimilarities({ features }: PairSummary): SimilarityCounts | null {
  if (!features) return null;
  const { edges, counts, sampled } = features.similarities;
  const all = (features.images * (features.images - 1)) / 2;
  return { from: edges[0]!, to: edges[edges.length - 1]!, counts, ...(sampled && { outOf: all }) };
}
