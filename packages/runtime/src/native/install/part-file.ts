import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Paths this process is at work on. */
const mine = new Set<string>();
let count = 0;

/** A path beside `path` that no other process and no other call uses, until `release`. */
export function claimPart(path: string): { path: string; release: () => void } {
  const part = `${path}.part-${process.pid}-${++count}`;
  mine.add(part);
  return { path: part, release: () => mine.delete(part) };
}

/** What interrupted work on `path` has left: nobody who has claimed it lives. */
export async function leftParts(path: string): Promise<string[]> {
  const [folder, prefix] = [dirname(path), `${basename(path)}.part-`];
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.startsWith(prefix))
    .filter((name) => {
      const pid = Number.parseInt(name.slice(prefix.length), 10);
      return pid === process.pid ? !mine.has(join(folder, name)) : !isAlive(pid);
    })
    .map((name) => join(folder, name));
}

/** Claims a part of a file, taking over the largest that interrupted work has left, and removes the others. */
export async function adoptPart(path: string): Promise<{ path: string; release: () => void }> {
  const claimed = claimPart(path);
  const left = await leftParts(path);
  const sizes = await Promise.all(left.map((part) => sizeOf(part)));
  const largest = left[sizes.indexOf(Math.max(...sizes))];
  // Another process may be faster: then there is none to take over.
  if (largest !== undefined) await rename(largest, claimed.path).catch(() => {});
  for (const part of left) if (part !== largest) await rm(part, { force: true });
  return claimed;
}

/** A file's size, 0 if there is none. */
export const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
