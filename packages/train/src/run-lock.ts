import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { RUN_FILES } from './run-files.js';

/** Seconds between two signs of life, and how old the last one of a process that lives may be. */
const BEAT = 30;
const SILENCE = 150;

interface Lock {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whose lock a folder has: a process that works, one that is gone, or nobody. */
async function lockOf(folder: string): Promise<{ by: Lock | null; state: 'held' | 'left' | 'none' }> {
  let text: string;
  try {
    text = await readFile(join(folder, RUN_FILES.lock), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { by: null, state: 'none' };
    throw error;
  }
  try {
    const by = JSON.parse(text) as Lock;
    const path = join(folder, RUN_FILES.lock);
    // The process of another machine cannot be asked. One with our own number has died before we were born.
    const held =
      by.host === hostname()
        ? ours.has(path) || (by.pid !== process.pid && alive(by.pid))
        : Date.now() - (await stat(path)).mtimeMs < SILENCE * 1000;
    return { by, state: held ? 'held' : 'left' };
  } catch {
    return { by: null, state: 'left' }; // died while writing it
  }
}

/** Locks that this process holds. */
const ours = new Set<string>();

/** Is a process at work on the run in this folder, or did one end without a chance to say so? */
export async function runAtWork(folder: string): Promise<'working' | 'killed' | 'no'> {
  const { state } = await lockOf(folder);
  return state === 'held' ? 'working' : state === 'left' ? 'killed' : 'no';
}

/**
 * Keeps others from training into the same folder; gives a function that lets them again.
 *
 * A lock whose process is gone is taken over.
 *
 * @throws Error that names process and machine, if another process is at work there.
 */
export async function lockRun(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, RUN_FILES.lock);
  const { by, state } = await lockOf(folder);
  if (state === 'held') {
    throw new Error(
      `${folder} is in use by process ${by!.pid} on ${by!.host}, since ${by!.since}: stop that one, or give another folder ` +
        `(if it is no longer there, delete ${path})`,
    );
  }
  if (state === 'left') await rm(path, { force: true });
  const file = await open(path, 'wx');
  ours.add(path);
  try {
    const lock: Lock = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
    await file.writeFile(`${JSON.stringify(lock)}\n`);
  } finally {
    await file.close();
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, BEAT * 1000).unref();
  return async () => {
    clearInterval(beat);
    await rm(path, { force: true });
    ours.delete(path);
  };
}
