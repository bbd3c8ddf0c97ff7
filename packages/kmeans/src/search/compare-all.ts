import { type Tensor2D, tidy, transpose } from '@tensorflow/tfjs-core';
import { columnsOf, type Scoring } from './scoring.js';
import { bestColumns, bestOfGroups } from './search-blocks.js';

/** With as many centroids, the best of groups of so many is found faster than the best of all. */
const GROUPED = 256;
const GROUP = 64;

/** The rows of a block, if not given: 32 MiB of scores at most, and 16 to 8,192 rows. */
export function defaultBlockSize(k: number): number {
  return Math.min(8192, Math.max(16, 2 ** Math.floor(Math.log2(2 ** 23 / k))));
}

/** How all points are gone through. */
export interface Blocks {
  readonly n: number;
  readonly k: number;
  readonly blockSize: number;
  readonly breathe: (share?: number) => Promise<void>;
}

/** Compares all points with all centroids, and writes the nearest one of each into `assignments`; on a tie the lower. */
export async function compareAll(
  score: Scoring,
  centroids: Float32Array,
  assignments: Int32Array,
  { n, k, blockSize, breathe }: Blocks,
): Promise<void> {
  const ids =
    k < GROUPED ? null : Int32Array.from({ length: GROUP * Math.ceil(k / GROUP) }, (_, i) => Math.min(i, k - 1));
  const columns = tidy(() => {
    const factor = score.centroids(centroids);
    return ids ? columnsOf(factor, ids) : transpose<Tensor2D>(factor);
  });
  try {
    for (let start = 0; start < n; start += blockSize) {
      const size = Math.min(blockSize, n - start);
      const factors = { points: () => score.range(start, size), centroids: columns };
      const block = assignments.subarray(start, start + size);
      if (ids) {
        const { column } = await bestOfGroups(factors, GROUP);
        for (let row = 0; row < size; row++) block[row] = ids[column[row]!]!;
      } else block.set(await bestColumns(factors));
      await breathe((start + size) / n);
    }
  } finally {
    columns.dispose();
  }
}
