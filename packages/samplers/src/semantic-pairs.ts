import { createBreath } from './breathe.js';
import { createClosestPairs } from './closest-pairs.js';
import { readFeatures } from './mining-features.js';
import { BLOCK_SIZE, MAX_PAIRS, requireCount } from './mining-options.js';
import { createPairList } from './pair-list.js';
import type { MinedPairs, MiningRequest, PositiveMiner } from './positive-miner.js';
import { type SimilarityBlock, visitSimilarities } from './visit-similarities.js';

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
    const features = await readFeatures(name, request);
    const { n, cosine, deviation } = features;
    const room = ROUNDING + (2 + deviation) * deviation;
    const duplicates = createPairList();
    const closest = target === undefined ? null : createClosestPairs(target, n);
    let positives = createPairList();
    // Of the rows of the block row at hand: partners j in rising order, each followed by the cosine.
    let found: number[][] = [];
    let kept = 0;
    const settle = (firstRow: number) => {
      for (const [row, hits] of found.entries()) {
        for (let at = 0; at < hits.length; at += 2) {
          const list = hits[at + 1]! > upper ? duplicates : positives;
          list.push(firstRow + row, hits[at]!, hits[at + 1]!);
        }
      }
    };
    const visit = ({ values, firstRow, firstColumn, rows, columns }: SimilarityBlock) => {
      const diagonal = firstRow === firstColumn;
      if (diagonal) found = Array.from({ length: rows }, () => []);
      for (let row = 0; row < rows; row++) {
        const start = diagonal ? row + 1 : 0;
        for (let column = start, at = row * columns + start; column < columns; column++, at++) {
          const bound = closest ? Math.max(closest.least, least) : least;
          if (values[at]! < bound - room) continue;
          const similarity = cosine(firstRow + row, firstColumn + column);
          if (similarity < bound) continue;
          if (closest && similarity <= upper) {
            closest.offer(firstRow + row, firstColumn + column, similarity);
          } else {
            found[row]!.push(firstColumn + column, similarity);
            kept++;
          }
        }
      }
      if (kept > maxPairs) refuse(firstRow + rows, n);
      if (firstColumn + columns === n) settle(firstRow);
    };
    await features.onDevice((rows) => visitSimilarities(rows, blockSize, breathe, visit));
    let lowest = least;
    if (closest) {
      positives = createPairList();
      lowest = upper;
      closest.forEach((i, j, similarity) => {
        positives.push(i, j, similarity);
        lowest = Math.min(lowest, similarity);
      });
      if (kept + positives.count > maxPairs) refuse(n, n);
    }
    await breathe(1);
    return {
      images: n,
      pairs: positives.pairs(),
      similarities: positives.similarities(),
      duplicates: duplicates.pairs(),
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
