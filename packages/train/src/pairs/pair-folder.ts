import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PAIR_FILES } from './pair-files.js';

/** A file that was being written. */
const UNFINISHED = /\.(tmp|part)$/;

const OURS: readonly string[] = Object.values(PAIR_FILES);

/**
 * Throws unless the folder is new, empty, or one of pairs: what is written must not land among a user's own files. What a
 * process that was killed was writing is taken away.
 */
export async function openPairFolder(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const names = await readdir(folder);
  const foreign = names.filter((name) => !OURS.includes(name) && !UNFINISHED.test(name));
  if (foreign.length > 0 && !names.includes(PAIR_FILES.summary) && !names.includes(PAIR_FILES.pairs)) {
    const shown = foreign.slice(0, 3).join(', ') + (foreign.length > 3 ? ', …' : '');
    throw new Error(`${folder} is no folder of pairs: it holds ${shown}. Give a new or an empty folder`);
  }
  const ours = (name: string) => OURS.some((own) => name.startsWith(`${own}.`));
  for (const name of names) if (UNFINISHED.test(name) && ours(name)) await rm(join(folder, name), { force: true });
}
