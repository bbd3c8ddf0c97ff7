import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { lockRun } from '../run-lock.js';
import { PAIR_FILES } from './pair-files.js';

/** A file that was being written. */
const UNFINISHED = /\.tmp$/;

const OURS: readonly string[] = Object.values(PAIR_FILES);

/** Throws unless the folder is new, empty, or one of pairs: what is written must not land among a user's own files. */
async function refuseForeign(folder: string): Promise<void> {
  const there = await stat(folder).catch(() => null);
  if (!there) return;
  if (!there.isDirectory()) throw new Error(`Cannot keep pairs in ${folder}: it is a file, give a folder`);
  const names = await readdir(folder);
  const foreign = names.filter((name) => !OURS.includes(name) && !UNFINISHED.test(name));
  if (foreign.length === 0 || names.includes(PAIR_FILES.summary) || names.includes(PAIR_FILES.pairs)) return;
  const shown = foreign.slice(0, 3).join(', ') + (foreign.length > 3 ? ', …' : '');
  throw new Error(`${folder} is no folder of pairs: it holds ${shown}. Give a new or an empty folder`);
}

/** What a process that was killed has left of files it was writing. */
async function removeUnfinished(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => UNFINISHED.test(name));
  const ours = names.filter((name) => OURS.some((own) => own !== PAIR_FILES.lock && name.startsWith(`${own}.`)));
  for (const name of ours) await rm(join(folder, name), { force: true });
}

/**
 * Keeps others from a folder of pairs, which is made if need be; gives a function that lets them again.
 *
 * @throws Error if it has other files, or another process is at work in it.
 */
export async function lockPairFolder(folder: string): Promise<() => Promise<void>> {
  await refuseForeign(folder);
  const unlock = await lockRun(folder);
  await removeUnfinished(folder).catch(async (error) => {
    await unlock();
    throw error;
  });
  return unlock;
}
