import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PAIR_FILES, type PairSummary, RUN_FILES } from '@hcsc/train';

/** The semantic positive pairs of a run, as its folder tells. */
export interface RunPairs {
  readonly count: number;
  readonly duplicates: number;
  /** What they were mined with; null of pairs that come from elsewhere. */
  readonly encoder: string | null;
  /** The share with one class; null where that is not known. */
  readonly purity: number | null;
  readonly page: string | null;
}

async function json<T>(path: string): Promise<Partial<T>> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) ?? {};
  } catch {
    return {};
  }
}

const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

/** What is known of the pairs that a run is trained on; null if it has none, or none yet. */
export async function runsPairs(folder: string): Promise<RunPairs | null> {
  const place = join(folder, RUN_FILES.pairs);
  const { foundPairs } = await json<{ foundPairs: { count?: unknown; duplicates?: unknown } }>(
    join(folder, RUN_FILES.config),
  );
  const { statistics, encoder } = await json<PairSummary>(join(place, PAIR_FILES.summary));
  const count = number(foundPairs?.count);
  const duplicates = number(foundPairs?.duplicates);
  if (count === null || duplicates === null) return null;
  const page = join(place, PAIR_FILES.page);
  const areOwn = statistics?.pairs === count && statistics.duplicates === duplicates;
  return {
    ...{ count, duplicates },
    encoder: areOwn && typeof encoder?.name === 'string' ? encoder.name : null,
    purity: areOwn ? number(statistics.purity) : null,
    page: existsSync(page) ? page : null,
  };
}

/** Pairs in a line: `4,257 by moco-v2, trained  84 duplicates  91.2 % of one class  page runs/spps/pairs/pairs.html`. */
export function pairsText({ count, duplicates, encoder, purity, page }: RunPairs): string {
  return [
    `${count.toLocaleString('en')}${encoder === null ? '' : ` by ${encoder}`}`,
    `${duplicates.toLocaleString('en')} duplicates`,
    ...(purity === null ? [] : [`${(100 * purity).toFixed(1)} % of one class`]),
    ...(page === null ? [] : [`page ${page}`]),
  ].join('  ');
}
