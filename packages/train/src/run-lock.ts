import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
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

/** Whose lock it is: that of a process that works, of one that is gone, or nobody's. `file` is where it is now. */
async function lockAt(path: string, file = path): Promise<{ by: Lock | null; state: 'held' | 'left' | 'none' }> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { by: null, state: 'none' };
    throw error;
  }
  try {
    const by = JSON.parse(text) as Lock;
    // The process of another machine cannot be asked. One with our own number has died before we were born.
    const held =
      by.host === hostname()
        ? by.pid !== process.pid && alive(by.pid)
        : Date.now() - (await stat(file)).mtimeMs < SILENCE * 1000;
    return { by, state: held ? 'held' : 'left' };
  } catch {
    return { by: null, state: 'left' }; // died while writing it
  }
}

/** Locks that this process holds or is about to make, by path. */
const ours = new Map<string, Lock>();

const lockPath = (folder: string): string => resolve(folder, RUN_FILES.lock);

/** Is a process at work on the run in this folder, or did one end without a chance to say so? */
export async function runAtWork(folder: string): Promise<'working' | 'killed' | 'no'> {
  if (ours.has(lockPath(folder))) return 'working';
  const { state } = await lockAt(lockPath(folder));
  return state === 'held' ? 'working' : state === 'left' ? 'killed' : 'no';
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

/** Takes the lock of a process that is gone away, but not one that another has made in its place. */
async function removeLeft(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}.tmp`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  try {
    if ((await lockAt(path, aside)).state === 'held') await link(aside, path);
  } finally {
    await rm(aside, { force: true });
  }
}

/** Makes a lock, whole from its first moment, unless there is one. */
async function makeLock(path: string, lock: Lock): Promise<'made' | 'there is one'> {
  const text = `${JSON.stringify(lock)}\n`;
  const beside = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(beside, text, { flag: 'wx' });
    await link(beside, path).catch((error) => {
      if (codeOf(error) === 'EEXIST') throw error;
      // The file system has no second names.
      return writeFile(path, text, { flag: 'wx' });
    });
    return 'made';
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return 'there is one';
    throw error;
  } finally {
    await rm(beside, { force: true });
  }
}

/**
 * Keeps others from training into the same folder, which is made if need be; gives a function that lets them again.
 *
 * A lock whose process is gone is taken over.
 *
 * @throws Error that names process and machine, if another process is at work there, or the file, if it cannot be written.
 */
export async function lockRun(folder: string): Promise<() => Promise<void>> {
  const path = lockPath(folder);
  const refuse = (by: Lock | null | undefined) => {
    const whose = by ? `process ${by.pid} on ${by.host}, since ${by.since}` : 'another process, since just now';
    throw new Error(
      `${folder} is in use by ${whose}: stop that one, or give another folder ` +
        `(if it is no longer there, delete ${join(folder, RUN_FILES.lock)})`,
    );
  };
  const lock: Lock = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  if (ours.has(path)) refuse(ours.get(path));
  ours.set(path, lock);
  try {
    await mkdir(folder, { recursive: true });
    const { by, state } = await lockAt(path);
    if (state === 'held') refuse(by);
    if (state === 'left') await removeLeft(path);
    if ((await makeLock(path, lock)) !== 'made') refuse((await lockAt(path)).by);
  } catch (error) {
    ours.delete(path);
    if (codeOf(error) === undefined) throw error;
    throw new Error(`Cannot write ${join(folder, RUN_FILES.lock)}: ${(error as Error).message}`, { cause: error });
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
