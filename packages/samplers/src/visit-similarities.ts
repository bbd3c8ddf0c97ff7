import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Breathe } from './breathe.js';
import { createBlockProducts, visitBlocks } from './visit-blocks.js';

/** Computes the inner products of all pairs i < j of rows: of a row j in the order of i, of a row i in the order of j. */
export async function visitSimilarities(
  features: Tensor2D,
  blockSize: number,
  breathe: Breathe,
  visit: (i: number, j: number, similarity: number) => void,
): Promise<void> {
  const blocks = createBlockProducts(features);
  try {
    await visitBlocks(features.shape[0], blockSize, breathe, async (block) => {
      const products = blocks.of(block);
      try {
        const [rows, columns] = products.shape;
        const values = await products.data();
        for (let row = 0; row < rows; row++) {
          const end = block.earlier === block.later ? row : columns;
          for (let column = 0, at = row * columns; column < end; column++, at++) {
            visit(block.earlier + column, block.later + row, values[at]!);
          }
        }
      } finally {
        products.dispose();
      }
    });
  } finally {
    blocks.dispose();
  }
}
