import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageSource } from '@hcsc/data';
import type { MinedPairs } from '@hcsc/samplers';
import { loadPairs } from '@hcsc/weights';
import { chosenImages } from './chosen-images.js';
import { imagesIdentity, type MiningIdentity } from './mining-identity.js';
import { PAIR_FILES } from './pair-files.js';
import type { PairPlan } from './pair-plan.js';

async function fileIn(folder: string): Promise<string> {
  const places = [join(folder, PAIR_FILES.pairs), join(folder, 'pairs', PAIR_FILES.pairs), folder];
  for (const place of places) if ((await stat(place).catch(() => null))?.isFile()) return place;
  throw new Error(`There are no pairs in ${folder}: needed ${PAIR_FILES.pairs} in it, or in its folder pairs`);
}

/** What a file says of the images that pairs were mined among; null if it says nothing. */
function imagesOf(identity: string | undefined): { sample: string; share: number; seed: number } | null {
  try {
    const { images, share, seed = 0 } = (JSON.parse(identity!) as MiningIdentity).plan;
    const { sample } = images as { sample?: unknown };
    const isKnown = typeof sample === 'string' && typeof share === 'number' && typeof seed === 'number';
    return isKnown ? { sample, share, seed } : null;
  } catch {
    return null;
  }
}

async function areOfOthers(source: ImageSource, identity: string | undefined): Promise<boolean> {
  const then = imagesOf(identity);
  if (!then) return false;
  const now = await imagesIdentity(source, chosenImages(source.length, then.share, then.seed));
  return then.sample !== now.sample;
}

/**
 * Semantic positive pairs that were found before: those in a folder of pairs, of a run's `pairs` or of `hcsc mine`.
 *
 * @param folder The folder of the pairs, a run folder, or the file that `savePairs` of `@hcsc/weights` wrote.
 * @throws `find` rejects with Error if there are none, RangeError if they are of other images, and as `loadPairs` of
 *   `@hcsc/weights` does.
 *
 * @example
 * ```ts
 * export default defineRecipe({ ...simclr, name: 'spps', pairs: savedPairs('runs/spps-seed-0/pairs') });
 * ```
 */
export function savedPairs(folder: string): PairPlan {
  return Object.freeze<PairPlan>({
    name: 'savedPairs',
    // The run tells pairs from others by themselves, wherever they are.
    options: Object.freeze({}),
    async find({ source, signal }) {
      signal?.throwIfAborted();
      const path = await fileIn(folder);
      const { metadata, ...mined } = await loadPairs(path);
      const refuse = (problem: string): never => {
        throw new RangeError(`Cannot train on the pairs in ${path}: ${problem}`);
      };
      if (mined.images !== source.length) {
        refuse(`they are of ${mined.images} images, and ${source.name} has ${source.length}`);
      }
      if (await areOfOthers(source, metadata.identity))
        refuse(`they were mined among other images than ${source.name}`);
      return mined satisfies MinedPairs;
    },
  });
}
