import { createBreath } from './breathe.js';
import { readFeatures } from './mining-features.js';
import { MAX_PAIRS, requireCount } from './mining-options.js';
import { createPairList } from './pair-list.js';
import type { MinedPairs, MiningRequest, PositiveMiner } from './positive-miner.js';
import { requireTensor } from './require-tensor.js';

/** Options of {@link samePrototype}. */
export interface SamePrototypeOptions {
  /** The level of the hierarchy, 0 for the finest; default 0. */
  level?: number;
  /** Rejects instead of making more pairs; default 2²⁴. */
  maxPairs?: number;
}

/** Work between two pauses, in pairs. */
const PAIRS_AT_ONCE = 2 ** 16;

/**
 * Mines all pairs of images that have the same prototype at a level of the request's `hierarchy`.
 *
 * Pairs (i, j), i < j, come in the order of i, then j; their number grows with the squares of the clusters, so that coarse
 * levels of large sets have too many.
 *
 * @throws RangeError if `level` is no integer of at least 0, or `maxPairs` none of at least 1. `mine` rejects as every
 * {@link PositiveMiner}, with a TypeError without a hierarchy, and with a RangeError if it has no such level, is of
 * another number of images, or there are more than `maxPairs` pairs.
 *
 * @example
 * ```ts
 * const hierarchy = await hierarchicalKMeans(features, [300, 100, 30]);
 * const { pairs } = await samePrototype({ level: 0 }).mine({ features, hierarchy });
 * ```
 */
export function samePrototype({ level = 0, maxPairs = MAX_PAIRS }: SamePrototypeOptions = {}): PositiveMiner {
  const name = 'samePrototype';
  requireCount(name, 'level', level, 0);
  requireCount(name, 'maxPairs', maxPairs);
  return {
    name,
    options: { level },
    async mine(request: MiningRequest): Promise<MinedPairs> {
      const breathe = createBreath(request.signal, request.onProgress);
      await breathe(0);
      const { n, cosine } = await readFeatures(`mine positives with ${name}`, request.features);
      const members = await membersOf(name, request, level, n);
      const total = members.reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0);
      if (total > maxPairs) {
        throw new RangeError(
          `Cannot mine positives with ${name}: needed at most ${maxPairs} pairs, got ${total} at level ${level}: take a finer ` +
            'level, or raise maxPairs',
        );
      }
      // By image, how many of its cluster come before it and the cluster itself.
      const list = createPairList();
      const seen = new Int32Array(members.length);
      const clusterOf = new Int32Array(n);
      members.forEach((images, cluster) => {
        for (const i of images) clusterOf[i] = cluster;
      });
      let next = PAIRS_AT_ONCE;
      for (let i = 0; i < n; i++) {
        const cluster = clusterOf[i]!;
        const images = members[cluster]!;
        seen[cluster]!++;
        for (let at = seen[cluster]!; at < images.length; at++) list.push(i, images[at]!, cosine(i, images[at]!));
        if (list.count < next) continue;
        next = list.count + PAIRS_AT_ONCE;
        await breathe(list.count / total);
      }
      await breathe(1);
      return { images: n, pairs: list.pairs(), similarities: list.similarities(), duplicates: new Int32Array(0) };
    },
  };
}

/** The images of every prototype of a level, in rising order. */
async function membersOf(name: string, { hierarchy }: MiningRequest, level: number, n: number): Promise<number[][]> {
  const task = `mine positives with ${name}`;
  if (!hierarchy)
    throw new TypeError(`Cannot ${task}: needed hierarchy, what the features were clustered into, got none`);
  const found = hierarchy.levels[level];
  if (!found) {
    throw new RangeError(
      `Cannot ${task}: needed a hierarchy with level ${level}, got ${hierarchy.levels.length} levels`,
    );
  }
  requireTensor(task, `hierarchy.levels[${level}].assignments`, found.assignments, [n], ['int32']);
  const k = found.centroids.shape[0];
  const members = Array.from({ length: k }, (): number[] => []);
  for (const [i, id] of (await found.assignments.data()).entries()) {
    const images = members[id];
    if (!images) {
      throw new RangeError(
        `Cannot ${task}: hierarchy.levels[${level}].assignments must be ids from 0 to ${k - 1}, got ${id} at ${i}`,
      );
    }
    images.push(i);
  }
  return members;
}
