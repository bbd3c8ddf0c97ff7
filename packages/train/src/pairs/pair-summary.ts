import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageSource } from '@hcsc/data';
import { type MinedPairs, type PairStatistics, pairStatistics } from '@hcsc/samplers';
import { writeFileAtomically } from '@hcsc/weights';
import { jsonObject } from '../json-object.js';
import type { Embedding } from './embedding.js';
import { PAIR_FILES } from './pair-files.js';
import { pairLines } from './pair-lines.js';

/** What `mining.json` in a folder of pairs says. */
export interface PairSummary {
  /** Name and options. */
  readonly encoder: Readonly<Record<string, unknown>>;
  /** Name and options. */
  readonly miner: Readonly<Record<string, unknown>>;
  readonly share: number;
  readonly seed?: number;
  /** How many images there are, how many have features that pairs were looked for among, and of how many columns. */
  readonly images: number;
  readonly embedded: number | null;
  readonly columns: number | null;
  /** How many images have no features since they cannot be read, or since these are all zero. */
  readonly unreadable: number | null;
  readonly zero: number | null;
  readonly thresholds: MinedPairs['thresholds'] | null;
  readonly statistics: PairStatistics;
  /** Tells these pairs from others. */
  readonly digest: string;
}

/** What {@link writePairSummary} describes. */
export interface PairSummaryOptions {
  readonly mined: MinedPairs;
  readonly source: ImageSource;
  readonly describe: Pick<PairSummary, 'encoder' | 'miner' | 'share' | 'seed'>;
  /** Null where pairs are taken as they are: what is there stays if it is of these pairs. */
  readonly features: Embedding | null;
}

function digestOf({ pairs, similarities, duplicates }: MinedPairs, { labels }: ImageSource): string {
  const sum = createHash('sha256');
  for (const list of [pairs, similarities, duplicates, labels ?? new Int32Array(0)]) {
    sum.update(new Uint8Array(list.buffer, list.byteOffset, list.byteLength)).update(':');
  }
  return sum.digest('hex').slice(0, 16);
}

/** Writes `pairs.jsonl` and then `mining.json`. */
export async function writePairSummary(
  folder: string,
  { mined, source, describe, features }: PairSummaryOptions,
): Promise<void> {
  const [lines, path] = [join(folder, PAIR_FILES.lines), join(folder, PAIR_FILES.summary)];
  const digest = digestOf(mined, source);
  const kept = await jsonObject(path);
  if (!features && kept?.digest === digest && existsSync(lines)) return;
  await writeFileAtomically(lines, pairLines(mined, source));
  const { labels } = source;
  const summary: PairSummary = {
    ...describe,
    images: source.length,
    embedded: features?.images.length ?? null,
    columns: features?.width ?? null,
    unreadable: features?.unreadable.length ?? null,
    zero: features?.zero.length ?? null,
    thresholds: mined.thresholds ?? null,
    statistics: pairStatistics(mined, labels ? { labels } : {}),
    digest,
  };
  await writeFileAtomically(path, `${JSON.stringify(summary, null, 2)}\n`);
}
