import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageSource } from '@hcsc/data';
import { type MinedPairs, type PairStatistics, pairStatistics, type SimilarityHistogram } from '@hcsc/samplers';
import { writeFileAtomically } from '@hcsc/weights';
import { jsonObject } from '../json-object.js';
import type { Embedding } from './embedding.js';
import { PAIR_FILES } from './pair-files.js';
import { pairLines } from './pair-lines.js';

/** The plan that pairs were found by. */
export interface PairSummaryPlan {
  /** Name and options. */
  readonly encoder: Readonly<Record<string, unknown>>;
  /** Name and options. */
  readonly miner: Readonly<Record<string, unknown>>;
  readonly share: number;
  readonly seed?: number;
}

/** What `mining.json` in a folder of pairs says. */
export interface PairSummary extends PairSummaryPlan {
  /** How many images there are. */
  readonly images: number;
  /** What pairs were looked for among; null if it is not there any more. */
  readonly features: {
    /** How many images have features, and of how many columns. */
    readonly images: number;
    readonly columns: number;
    /** Images without, since they cannot be read; the first 100. */
    readonly unreadable: readonly number[];
    /** Images without, since these are all zero; the first 100. */
    readonly zero: readonly number[];
    /** How many pairs are how similar. */
    readonly similarities: {
      /** One more than counts. */
      readonly edges: readonly number[];
      readonly counts: readonly number[];
      /** How many images were compared with each other, and whether these were drawn from more. */
      readonly images: number;
      readonly sampled: boolean;
    };
  } | null;
  readonly thresholds: { readonly lower: number; readonly upper: number } | null;
  readonly statistics: PairStatistics;
  /** Tells these pairs, and these labels, from others. */
  readonly digest: string;
}

/** What {@link writePairSummary} writes of. */
export interface PairSummaryOptions {
  readonly mined: MinedPairs;
  readonly source: ImageSource;
  readonly plan: PairSummaryPlan;
  /** If not, what is there stays, if it is of these pairs. */
  readonly isNew: boolean;
  describeFeatures(): Promise<(Embedding & { readonly similarities: SimilarityHistogram }) | null>;
}

function digestOf({ pairs, similarities, duplicates }: MinedPairs, { labels }: ImageSource): string {
  const sum = createHash('sha256');
  for (const list of [pairs, similarities, duplicates, labels ?? new Int32Array(0)]) {
    sum.update(`${list.length} `).update(new Uint8Array(list.buffer, list.byteOffset, list.byteLength));
  }
  return sum.digest('hex').slice(0, 16);
}

/** Writes `pairs.jsonl` and then `mining.json`. */
export async function writePairSummary(
  folder: string,
  { mined, source, plan, isNew, describeFeatures }: PairSummaryOptions,
): Promise<void> {
  const [lines, path] = [join(folder, PAIR_FILES.lines), join(folder, PAIR_FILES.summary)];
  const digest = digestOf(mined, source);
  if (!isNew && (await jsonObject(path))?.digest === digest && existsSync(lines)) return;
  await writeFileAtomically(lines, pairLines(mined, source));
  const features = await describeFeatures();
  const { labels } = source;
  const summary: PairSummary = {
    ...plan,
    images: source.length,
    features: features && {
      images: features.images.length,
      columns: features.width,
      unreadable: [...features.unreadable.subarray(0, 100)],
      zero: [...features.zero.subarray(0, 100)],
      similarities: plainHistogram(features.similarities),
    },
    thresholds: mined.thresholds ?? null,
    statistics: pairStatistics(mined, labels ? { labels } : {}),
    digest,
  };
  await writeFileAtomically(path, `${JSON.stringify(summary, null, 2)}\n`);
}

function plainHistogram({ edges, counts, images, sampled }: SimilarityHistogram) {
  return { edges: [...edges].map((edge) => Number(edge.toFixed(6))), counts: [...counts], images, sampled };
}
