import { keep, matMul, slice, type Tensor2D, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Breathe } from './breathe.js';

/** Which images a block of pairs is of: its rows are those from `later` on, its columns those from `earlier` on. */
export interface Block {
  readonly earlier: number;
  readonly later: number;
  readonly size: number;
}

/**
 * Visits all pairs of `n` rows block after block: all images with the first ones, then from the second block on with those
 * of the second, and so on. On the diagonal, where `later` is `earlier`, a block has every pair twice.
 */
export async function visitBlocks(
  n: number,
  size: number,
  breathe: Breathe,
  visit: (block: Block) => Promise<void>,
): Promise<void> {
  const starts = Array.from({ length: Math.ceil(n / size) }, (_, b) => b * size);
  const total = (starts.length * (starts.length + 1)) / 2;
  let done = 0;
  for (const [b, earlier] of starts.entries()) {
    for (const later of starts.slice(b)) {
      await breathe(done++ / total);
      await visit({ earlier, later, size });
    }
  }
}

/** The inner products of blocks of one size. */
export interface BlockProducts {
  /** `[rows, columns]`: those of a block; the caller disposes them. */
  of(block: Block): Tensor2D;
  /** Frees what is kept from block to block, which is not the rows. */
  dispose(): void;
}

export function createBlockProducts(rows: Tensor2D): BlockProducts {
  const [n, width] = rows.shape;
  const take = (start: number, size: number) => slice(rows, [start, 0], [Math.min(size, n - start), width]);
  let last: { readonly earlier: number; readonly columns: Tensor2D } | null = null;
  const dispose = () => {
    last?.columns.dispose();
    last = null;
  };
  return {
    of({ earlier, later, size }) {
      if (last?.earlier !== earlier) {
        dispose();
        // Transposed beforehand: wasm's product is far slower on operands that it has to read transposed.
        last = { earlier, columns: keep(tidy(() => transpose(take(earlier, size)))) };
      }
      const { columns } = last;
      return tidy(() => matMul(take(later, size), columns));
    },
    dispose,
  };
}
