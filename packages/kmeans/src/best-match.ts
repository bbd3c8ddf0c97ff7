import {
  argMax,
  concat,
  concat2d,
  matMul,
  ones,
  slice,
  sub,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';

/** What {@link bestMatch} scores: row k of `weights` gives (x − shift) · weights[k]. */
export interface Scores {
  /** `[K, D]`; or `[K, D + 1]`, whose last column is added to the scores. */
  readonly weights: Tensor2D;
  /** `[D]`. */
  readonly shift?: Tensor1D;
}

/** The rows of a block, if not given: 64 MiB of scores at most, and 16 to 8,192 rows. */
function defaultBlockSize(k: number): number {
  return Math.min(8192, Math.max(16, Math.floor(2 ** 24 / k)));
}

/**
 * Finds for each point the row of `scores` with the highest score, the lower one on a tie.
 *
 * Works on the device in blocks of points: memory is O(blockSize · K). Awaits `breathe` after each block, which may
 * throw to stop the work. The caller disposes the result, `[N]` int32.
 */
export async function bestMatch(
  points: Tensor2D,
  { weights, shift }: Scores,
  breathe: () => Promise<void>,
  blockSize = defaultBlockSize(weights.shape[0]),
): Promise<Tensor1D> {
  const [n, width] = points.shape;
  const blocks: Tensor1D[] = [];
  try {
    for (let start = 0; start < n; start += blockSize) {
      blocks.push(
        tidy(() => {
          const size = Math.min(blockSize, n - start);
          let block: Tensor2D = slice(points, [start, 0], [size, width]);
          if (shift) block = sub(block, shift);
          // A column of ones brings the last weight in: cheaper than to add it to all scores.
          if (weights.shape[1] > width) block = concat2d([block, ones([size, 1])], 1);
          return argMax<Tensor1D>(matMul(block, weights, false, true), 1);
        }),
      );
      await breathe();
    }
    return blocks.length === 1 ? blocks.pop()! : concat(blocks);
  } finally {
    for (const block of blocks) block.dispose();
  }
}
