import { createBreath } from './breathe.js';
import { createClosestPairs } from './closest-pairs.js';
import { readFeatures } from './mining-features.js';
import { BLOCK_SIZE, MAX_PAIRS, requireCount } from './mining-options.js';
import { createPairList } from './pair-list.js';
import type { MinedPairs, MiningRequest, PositiveMiner } from './positive-miner.js';
import type { SimilarVisitor } from './visit-similar.js';

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

/** How far an inner product of unit rows may be off, on any backend: a GPU may round its factors to 10 bits. */
const ROUNDING = 1e-3;

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

  async function mine(request: MiningRequest): Promise<MinedPairs> {
    const breathe = createBreath(request.signal, request.onProgress);
    await breathe(0);
    const { visitSimilar } = await import('./visit-similar.js');
    const features = await readFeatures(`mine positives with ${name}`, request.features);
    const { n, lengths, cosine, deviation } = features;
    const rounding = ROUNDING + (2 + deviation) * deviation;
    const [positives, duplicates] = [createPairList(), createPairList()];
    const closest = target === undefined ? null : createClosestPairs(target, n);
    const refuseAbove = (count: number, images: number) => {
      if (count > maxPairs) refuse(images, n);
    };
    const visitor: SimilarVisitor = {
      least: () => Math.max(least, closest?.least ?? -1) - rounding,
      visit(i, j, product) {
        if (closest && product < closest.least - rounding) return false;
        const similarity = product > upper + rounding ? product : cosine(i, j);
        if (similarity > upper) duplicates.push(i, j, similarity);
        else if (closest) return closest.offer(i, j, similarity);
        else if (similarity < least) return false;
        else positives.push(i, j, similarity);
        return true;
      },
      afterBlock: (images) => refuseAbove(positives.count + duplicates.count, images),
    };
    await features.onDevice((rows) => visitSimilar(rows, lengths, blockSize, breathe, visitor));
    let lowest = closest ? upper : least;
    closest?.forEach((i, j, similarity) => {
      positives.push(i, j, similarity);
      lowest = Math.min(lowest, similarity);
    });
    refuseAbove(positives.count + duplicates.count, n);
    await breathe(1);
    return {
      images: n,
      ...positives.byFirst(n),
      duplicates: duplicates.byFirst(n).pairs,
      thresholds: { lower: lowest, upper },
    };
  }
  const refuse = (rows: number, n: number): never => {
    const advice = target === undefined ? 'give target instead of lower, or raise lower' : 'lower target, raise upper';
    throw new RangeError(
      `Cannot mine positives with ${name}: needed at most ${maxPairs} pairs, duplicates included, got more of the ` +
        `first ${rows} of ${n} images: ${advice}, or raise maxPairs`,
    );
  };
  const options = target === undefined ? { lower: least, upper } : { target, upper };
  return { name, options, mine };
}
