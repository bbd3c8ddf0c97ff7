import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MinedPairs } from '@hcsc/samplers';
import { PAIR_FILES, type PairContext } from '@hcsc/train';
import { writePairsPage } from './pairs-page.js';

/** What {@link showPairs} shows, and where it says so. */
export interface ShowPairsOptions {
  /** Of the recipe. */
  readonly name: string;
  /** The folder, run or file that the pairs were read from; null if they are where the run has them. */
  readonly from: string | null;
  readonly say: (line: string) => void;
}

/** The folder that has pairs: the one given, a run's, or that of a file. */
async function folderOf(path: string): Promise<string> {
  for (const folder of [path, join(path, 'pairs')]) {
    if ((await stat(join(folder, PAIR_FILES.pairs)).catch(() => null))?.isFile()) return folder;
  }
  return dirname(path);
}

/** Writes the page of the pairs that a run is trained on, into its folder; the run goes on without it if that fails. */
export async function showPairs(
  mined: MinedPairs,
  { source, folder, signal }: PairContext,
  { name, from, say }: ShowPairsOptions,
): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const kept = from === null ? folder : await folderOf(from);
    const page = await writePairsPage(folder, { name, mined, source, folder: kept }, { fresh: from === null });
    say(`${mined.similarities.length.toLocaleString('en')} pairs: ${page}`);
  } catch (error) {
    if (signal?.aborted) throw error;
    say(`The page of pairs could not be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}
