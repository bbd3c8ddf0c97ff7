import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Breathe } from './breathe.js';
import { visitProducts } from './visit-products.js';

/** Computes the inner products of all pairs i < j of rows: of a row j in the order of i, of a row i in the order of j. */
export function visitSimilarities(
  features: Tensor2D,
  blockSize: number,
  breathe: Breathe,
  visit: (i: number, j: number, similarity: number) => void,
): Promise<void> {
  return visitProducts(features, blockSize, breathe, async (products, { earlier, later }) => {
    const [rows, columns] = products.shape;
    const values = await products.data();
    for (let row = 0; row < rows; row++) {
      const end = earlier === later ? row : columns;
      for (let column = 0, at = row * columns; column < end; column++, at++) {
        visit(earlier + column, later + row, values[at]!);
      }
    }
  });
}
