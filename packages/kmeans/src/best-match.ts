import { add, argMax, concat, matMul, slice, sub, type Tensor1D, type Tensor2D, tidy } from '@tensorflow/tfjs-core';

/** What {@link bestMatch} scores: row k of `weights` with x gives (x − shift) · weights[k] + bias[k]. */
export interface Scores {
  /** `[K, D]`. */
  readonly weights: Tensor2D;
  /** `[K]`. */
  readonly bias?: Tensor1D;
  /** `[D]`. */
  readonly shift?: Tensor1D;
}

/** The rows of a block, if not given: scores of 4 million floats at most, and 16 to 8,192 rows. */
function defaultBlockSize(k: number): number {
  return Math.min(8192, Math.max(16, Math.floor(2 ** 22 / k)));
}

/**
 * Finds for each point the row of `scores` with the highest score, the lower one on a tie.
 *
 * Works on the device in blocks of points: memory is O(blockSize · K). Awaits `breathe` after each block, which may
 * throw to stop the work. The caller disposes the result, `[N]` int32.
 */
export async function bestMatch(
  points: Tensor2D,
  { weights, bias, shift }: Scores,
  breathe: () => Promise<void>,
  blockSize = defaultBlockSize(weights.shape[0]),
): Promise<Tensor1D> {
  const [n, width] = points.shape;
  const blocks: Tensor1D[] = [];
  try {
    for (let start = 0; start < n; start += blockSize) {
      blocks.push(
        tidy(() => {
          let block: Tensor2D = slice(points, [start, 0], [Math.min(blockSize, n - start), width]);
          if (shift) block = sub(block, shift);
          let scores: Tensor2D = matMul(block, weights, false, true);
          if (bias) scores = add(scores, bias);
          return argMax<Tensor1D>(scores, 1);
        }),
      );
      await breathe();
    }
    return blocks.length === 1 ? blocks.pop()! : concat(blocks);
  } finally {
    for (const block of blocks) block.dispose();
  }
}
