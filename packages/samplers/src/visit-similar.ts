import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Breathe } from './breathe.js';
import { compressRows } from './compress-rows.js';
import { createPairBuffer } from './pair-buffer.js';
import { readAbove } from './read-above.js';
import { createBlockProducts, visitBlocks } from './visit-blocks.js';

/** All products of a block are computed where compressed rows leave more than this share of its pairs to be refuted. */
const DOUBTFUL = 0.03;
/** After so many such blocks more than others, compressed rows are not tried any more. */
const PATIENCE = 8;

/** What {@link visitSimilar} looks for. */
export interface SimilarVisitor {
  /** The least product to be visited; it may rise from block to block. */
  least(): number;
  /** Is given those of a block, (i, j) one after the other, and tells how many were worth it. */
  visit(pairs: Int32Array): number;
  /** Called after every block with the images from the first on that are being compared with all others. */
  afterBlock(images: number): void;
}

/**
 * Visits all pairs i < j of rows whose inner product is not below `least()`, and some others; those of a row i in the order
 * of j.
 *
 * The inner products of compressed rows, which are no smaller, rule out most pairs; of blocks where they do not, the products
 * are computed.
 *
 * @param lengths `[N]`: those of the rows.
 */
export async function visitSimilar(
  rows: Tensor2D,
  lengths: Float64Array,
  blockSize: number,
  breathe: Breathe,
  { least, visit, afterBlock }: SimilarVisitor,
): Promise<void> {
  const n = rows.shape[0];
  const compressed = await compressRows(rows, lengths);
  const short = compressed && createBlockProducts(compressed);
  const full = createBlockProducts(rows);
  const left = createPairBuffer();
  let doubts = 0;
  /** Of the pairs that compressed rows left in the last block, the share that was worth it. */
  let yielded = 0;
  try {
    await visitBlocks(n, blockSize, breathe, async (block) => {
      left.clear();
      const tried = short !== null && doubts < PATIENCE && least() > -1;
      if (tried) await readAbove(short, block, least(), left.push);
      const { count } = left;
      const sure = tried && count * (1 - yielded) <= DOUBTFUL * blockSize ** 2;
      if (!sure) {
        left.clear();
        await readAbove(full, block, least(), left.push);
      }
      const found = visit(left.pairs());
      if (tried) doubts = Math.max(0, doubts + (sure ? -1 : 1));
      if (count > 0) yielded = Math.min(found / count, 1);
      afterBlock(Math.min(block.earlier + blockSize, n));
    });
  } finally {
    full.dispose();
    short?.dispose();
    compressed?.dispose();
  }
}
