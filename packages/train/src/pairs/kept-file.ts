import { SafetensorsError } from '@hcsc/weights';
import { runDifferences } from '../run-identity.js';
import { headerOf } from './embedding.js';
import { type MiningIdentity, sameIdentity } from './mining-identity.js';

/** What a file of features or pairs says it was made of; null if there is none, or it is damaged. */
async function madeOf(path: string, notice: (message: string) => void): Promise<MiningIdentity | null> {
  const header = await unlessDamaged(() => headerOf(path), notice);
  if (!header) return null;
  try {
    const identity = JSON.parse(header.identity!);
    if (typeof identity === 'object' && identity !== null) return identity;
  } catch {
    // said below
  }
  throw new Error(
    `${path} does not say what it was made of, and may be somebody's own: move it away, or give another folder`,
  );
}

/**
 * What a file was made of, if that is what it would be made of now; else null, and it is to be made anew.
 *
 * @param what To say that it is, `'Mining'` for example.
 * @throws Error for a file that is none of ours, which stays.
 */
export async function keptAs(
  path: string,
  now: MiningIdentity,
  { what, notice }: { what: string; notice: (message: string) => void },
): Promise<MiningIdentity | null> {
  const then = await madeOf(path, notice);
  if (!then || sameIdentity(then, now)) return then;
  const changes = runDifferences({ ...then }, { ...now }).map((line) => line.replace(/^(plan|encoder)\./, ''));
  notice(`${what} anew: ${changes.slice(0, 3).join('; ')}${changes.length > 3 ? '; …' : ''}`);
  return null;
}

/** What is read from a file; null, with a notice, if it is damaged. */
export async function unlessDamaged<T>(read: () => Promise<T>, notice: (message: string) => void): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof SafetensorsError || error instanceof TypeError || error instanceof RangeError)) throw error;
    notice(`${error.message}: it is made anew`);
    return null;
  }
}
