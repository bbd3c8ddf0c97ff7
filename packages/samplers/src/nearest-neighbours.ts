import { div, norm, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { createBreath } from './breathe.js';
import { readFeatures } from './mining-features.js';
import { BLOCK_SIZE, requireCount } from './mining-options.js';
import { createPairList } from './pair-list.js';
import type { MinedPairs, MiningRequest, PositiveMiner } from './positive-miner.js';
import { visitSimilarities } from './visit-similarities.js';

/** Rows of lengths this far from 1 are ranked by their products as by their cosines, but for what rounding does. */
const PRECISE = 1e-6;

/** Options of {@link nearestNeighbours}. */
export interface NearestNeighboursOptions {
  /** How many neighbours each image has, fewer than there are images; default 1. */
  k?: number;
  /** Images that are compared with as many others at a time; memory is O(blockSize² + N·k). Default 1024. */
  blockSize?: number;
}

/**
 * Mines the k most similar other images of every image.
 *
 * Pairs (i, neighbour of i) come in the order of i, then from the most to the least similar, the first of equal ones first:
 * N·k pairs, of which some are there twice if two images are each other's neighbours. The device's products choose 2k + 8
 * neighbours, of rows normalised anew if their lengths are not quite 1; cosines computed on the host in float64 choose the k among
 * them, so that its rounding hardly ever matters.
 *
 * @throws RangeError if `k` or `blockSize` is no integer of at least 1. `mine` rejects as every {@link PositiveMiner}, and
 * with a RangeError unless there are more than k images.
 *
 * @example
 * ```ts
 * const { pairs } = await nearestNeighbours({ k: 5 }).mine({ features });
 * ```
 */
export function nearestNeighbours({ k = 1, blockSize = BLOCK_SIZE }: NearestNeighboursOptions = {}): PositiveMiner {
  const name = 'nearestNeighbours';
  requireCount(name, 'k', k);
  requireCount(name, 'blockSize', blockSize);
  return {
    name,
    options: { k },
    async mine(request: MiningRequest): Promise<MinedPairs> {
      const breathe = createBreath(request.signal, request.onProgress);
      await breathe(0);
      const features = await readFeatures(`mine positives with ${name}`, request.features);
      const { n, cosine, deviation } = features;
      if (k >= n) {
        throw new RangeError(`Cannot mine positives with ${name}: needed more than k = ${k} images, got ${n}`);
      }
      const nearest = createNearest(n, Math.min(2 * k + 8, n - 1));
      await features.onDevice(async (rows) => {
        const unit = deviation > PRECISE ? tidy(() => div(rows, norm(rows, 2, 1, true)) as Tensor2D) : null;
        try {
          // Every image is offered others in rising order.
          await visitSimilarities(unit ?? rows, blockSize, breathe, (i, j, similarity) => {
            nearest.offer(i, j, similarity);
            nearest.offer(j, i, similarity);
          });
        } finally {
          unit?.dispose();
        }
      });
      await breathe(1);
      const list = createPairList();
      for (let i = 0; i < n; i++) {
        const neighbours = Array.from(nearest.of(i), (j) => ({ j, similarity: cosine(i, j) }));
        neighbours.sort((a, b) => b.similarity - a.similarity || a.j - b.j);
        for (const { j, similarity } of neighbours.slice(0, k)) list.push(i, j, similarity);
      }
      return { images: n, pairs: list.pairs(), similarities: list.similarities(), duplicates: new Int32Array(0) };
    },
  };
}

/** The k most similar images of every image that have been offered so far; of equal ones those that came first. */
function createNearest(n: number, k: number) {
  const ids = new Int32Array(n * k).fill(-1);
  const similarities = new Float32Array(n * k).fill(Number.NEGATIVE_INFINITY);
  return {
    offer(i: number, j: number, similarity: number): void {
      const first = i * k;
      let at = first + k - 1;
      if (similarity <= similarities[at]!) return;
      for (; at > first && similarity > similarities[at - 1]!; at--) {
        similarities[at] = similarities[at - 1]!;
        ids[at] = ids[at - 1]!;
      }
      similarities[at] = similarity;
      ids[at] = j;
    },
    of: (i: number) => ids.subarray(i * k, (i + 1) * k),
  };
}
