import { BLOCK_SIZE, MAX_PAIRS, requireCount } from './mining-options.js';
import type { PositiveMiner } from './positive-miner.js';

/** Options of {@link semanticPairs}. */
export interface SemanticPairsOptions {
  /** The least cosine of a pair; default 0.97 (SPPS). */
  lower?: number;
  /** How many pairs to find, instead of `lower`: the most similar ones, of equal ones the first. */
  target?: number;
  /** The largest cosine of a pair: above it the two are duplicates; default 0.99 (SPPS). */
  upper?: number;
  /** Images that are compared with as many others at a time; memory is O(blockSize²). Default 1024. */
  blockSize?: number;
  /** Rejects instead of keeping more pairs, duplicates included; default 2²⁴. */
  maxPairs?: number;
}

/** SPPS's. */
const LOWER = 0.97;

/**
 * Mines pairs of images that are alike, but not the same: SPPS's semantic positive pairs.
 *
 * A pair (i, j), i < j, is a positive if lower ≤ cosine ≤ upper, and a duplicate above. Both come in the order of i, then
 * j. The device finds what may be a pair; the cosines that decide are computed on the host in float64, so that every
 * backend finds the same pairs. With `target` the positives are the most similar pairs that are not above `upper`, all of
 * them if there are fewer, and the `lower` of their `thresholds` is the least cosine among them. Source: arXiv 2306.16122.
 *
 * @throws RangeError unless −1 ≤ `lower` ≤ `upper` ≤ 1, if `target`, `blockSize` or `maxPairs` is no integer of at least 1,
 * or `target` above `maxPairs`; TypeError if both `lower` and `target` are given. `mine` rejects as every
 * {@link PositiveMiner}, and with a RangeError if there are more than `maxPairs` pairs.
 *
 * @example
 * ```ts
 * const { pairs, similarities, duplicates } = await semanticPairs().mine({ features });
 * console.log(`${pairs.length / 2} pairs, ${duplicates.length / 2} duplicates`);
 * const { thresholds } = await semanticPairs({ target: 10_000 }).mine({ features });
 * console.log(`the 10,000 most similar pairs have cosines of at least ${thresholds?.lower}`);
 * ```
 */
export function semanticPairs({
  target,
  lower,
  upper = 0.99,
  blockSize = BLOCK_SIZE,
  maxPairs = MAX_PAIRS,
}: SemanticPairsOptions = {}): PositiveMiner {
  const name = 'semanticPairs';
  if (target !== undefined && lower !== undefined) {
    throw new TypeError(`Cannot make ${name}: needed lower or target, got lower ${lower} and target ${target}`);
  }
  const least = lower ?? (target === undefined ? LOWER : -1);
  if (!(least >= -1 && least <= upper && upper <= 1)) {
    throw new RangeError(`Cannot make ${name}: needed -1 ≤ lower ≤ upper ≤ 1, got lower ${least} and upper ${upper}`);
  }
  requireCount(name, 'blockSize', blockSize);
  requireCount(name, 'maxPairs', maxPairs);
  if (target !== undefined) {
    requireCount(name, 'target', target);
    if (target > maxPairs) {
      throw new RangeError(`Cannot make ${name}: needed target of at most maxPairs, ${maxPairs}, got ${target}`);
    }
  }

  return {
    name,
    options: target === undefined ? { lower: least, upper } : { target, upper },
    async mine(request) {
      // Loaded when it is needed: most that import this package only sample negatives.
      const { mineSemanticPairs } = await import('./mine-semantic-pairs.js');
      return mineSemanticPairs(request, { name, target, least, upper, blockSize, maxPairs });
    },
  };
}
