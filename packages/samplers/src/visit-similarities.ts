import { matMul, slice, type Tensor2D, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Breathe } from './breathe.js';

/** Inner products of the rows from `firstRow` with the rows from `firstColumn`, row-major. */
export interface SimilarityBlock {
  readonly values: Float32Array | Int32Array | Uint8Array;
  readonly firstRow: number;
  readonly firstColumn: number;
  readonly columns: number;
  readonly rows: number;
}

/**
 * Computes the inner products of all pairs of rows, block after block of the upper triangle: row blocks from the top, in
 * each the columns from the left. On the diagonal a block holds pairs from below it too.
 *
 * One block stands on the device at a time, and its copy on the host.
 */
export async function visitSimilarities(
  features: Tensor2D,
  blockSize: number,
  breathe: Breathe,
  visit: (block: SimilarityBlock) => void,
): Promise<void> {
  const [n, width] = features.shape;
  const starts = Array.from({ length: Math.ceil(n / blockSize) }, (_, b) => b * blockSize);
  const total = (starts.length * (starts.length + 1)) / 2;
  const take = (start: number) => slice(features, [start, 0], [Math.min(blockSize, n - start), width]);
  let done = 0;
  for (const [b, firstRow] of starts.entries()) {
    for (const firstColumn of starts.slice(b)) {
      await breathe(done / total);
      // Transposed beforehand: wasm's product is far slower on operands that it has to read transposed.
      const products = tidy(() => matMul(take(firstRow), transpose(take(firstColumn)))) as Tensor2D;
      const [rows, columns] = products.shape;
      try {
        visit({ values: await products.data(), firstRow, firstColumn, rows, columns });
      } finally {
        products.dispose();
      }
      done++;
    }
  }
}
