import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import type { MinedPairs } from './positive-miner.js';

/**
 * Makes a table of every image's partners out of pairs: to look up on the device which images of a batch belong together.
 *
 * Being a partner is mutual, whichever way a pair was mined, and not passed on: a partner's partner is none.
 *
 * @param mined What a miner found.
 * @returns `[N, P]` int32, P the largest number of partners that an image has, at least 1: the partners in rising order,
 * then −1. The caller disposes it.
 * @throws RangeError if a pair names an image outside of 0 … N − 1, or the same one twice.
 *
 * @example
 * ```ts
 * const partners = partnerTable(await semanticPairs().mine({ features }));
 * const positives = batchPositives(batch.indices, partners);
 * ```
 */
export function partnerTable({ images, pairs }: Pick<MinedPairs, 'images' | 'pairs'>): Tensor2D {
  const partners = Array.from({ length: images }, () => new Set<number>());
  for (let at = 0; at < pairs.length; at += 2) {
    const [i, j] = [pairs[at]!, pairs[at + 1]!];
    if (i === j || !partners[i] || !partners[j]) {
      throw new RangeError(
        `Cannot make a table of partners: needed pairs of two images from 0 to ${images - 1}, got (${i}, ${j}) at ${at / 2}`,
      );
    }
    partners[i].add(j);
    partners[j].add(i);
  }
  const columns = partners.reduce((most, { size }) => Math.max(most, size), 1);
  const table = new Int32Array(images * columns).fill(-1);
  for (const [i, others] of partners.entries())
    table.set(
      [...others].sort((a, b) => a - b),
      i * columns,
    );
  return tensor2d(table, [images, columns], 'int32');
}
