import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

async function weightFiles(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const inner = join(path, 'encoder');
  const folder = (await stat(join(inner, 'model.json')).catch(() => null)) ? inner : path;
  const names = (await readdir(folder)).filter((name) => name === 'model.json' || name.endsWith('.bin'));
  return names.sort().map((name) => join(folder, name));
}

/** The checksum of a file of weights, or of the model in a model folder or run folder; null if there is nothing. */
export async function weightsDigest(path: string): Promise<string | null> {
  try {
    const sum = createHash('sha256');
    for (const file of await weightFiles(path)) for await (const bytes of createReadStream(file)) sum.update(bytes);
    return sum.digest('hex').slice(0, 16);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
