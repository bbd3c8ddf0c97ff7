import { matMul, slice, type Tensor2D, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Breathe } from './breathe.js';

/** Of which images a block of inner products is: its rows are those from `later` on, its columns those from `earlier` on. */
export interface BlockPlace {
  readonly earlier: number;
  readonly later: number;
}

/**
 * Computes the inner products of all pairs of rows, block after block: all images with the first ones, then from the second
 * block on with those of the second, and so on. On the diagonal, where `later` is `earlier`, a block has every pair twice.
 *
 * One block stands on the device at a time; it is disposed when `visit` has settled.
 */
export async function visitProducts(
  features: Tensor2D,
  blockSize: number,
  breathe: Breathe,
  visit: (products: Tensor2D, place: BlockPlace) => Promise<void>,
): Promise<void> {
  const [n, width] = features.shape;
  const starts = Array.from({ length: Math.ceil(n / blockSize) }, (_, b) => b * blockSize);
  const total = (starts.length * (starts.length + 1)) / 2;
  const take = (start: number) => slice(features, [start, 0], [Math.min(blockSize, n - start), width]);
  let done = 0;
  for (const [b, earlier] of starts.entries()) {
    // Transposed beforehand: wasm's product is far slower on operands that it has to read transposed.
    const columns = tidy(() => transpose(take(earlier)));
    try {
      for (const later of starts.slice(b)) {
        await breathe(done / total);
        const products = tidy(() => matMul(take(later), columns)) as Tensor2D;
        try {
          await visit(products, { earlier, later });
        } finally {
          products.dispose();
        }
        done++;
      }
    } finally {
      columns.dispose();
    }
  }
}
