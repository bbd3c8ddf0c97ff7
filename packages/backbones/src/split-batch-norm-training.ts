import {
  concat,
  mean as meanOf,
  reshape,
  split,
  stack,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { type BatchNormTrainingResult, batchNormTraining } from './batch-norm-training.js';

/**
 * Normalises `splits` parts of the batch, each by its own statistics: what as many devices without synchronised
 * batch norm would compute.
 *
 * Image n belongs to part n mod `splits`, as in the `SplitBatchNorm` of MoCo's single-device demo. `mean` and
 * `variance` are the averages over the parts.
 *
 * @param x `[N, …, C]` float32, N a multiple of `splits`.
 * @param scale `[C]` float32.
 * @param offset `[C]` float32.
 * @param splits Number of parts, at least 1.
 * @param epsilon Added to the variance; default 1e-5.
 * @throws RangeError if N is no multiple of `splits`, and as {@link batchNormTraining} does.
 *
 * @example
 * ```ts
 * const x = tf.tensor2d([[1], [10], [3], [30]]); // rows 0 and 2, rows 1 and 3
 * const { y } = splitBatchNormTraining(x, tf.ones([1]), tf.zeros([1]), 2);
 * y.print(); // [[-1], [-1], [1], [1]]
 * ```
 */
export function splitBatchNormTraining<T extends Tensor>(
  x: T,
  scale: Tensor,
  offset: Tensor,
  splits: number,
  epsilon = 1e-5,
): BatchNormTrainingResult<T> {
  if (splits === 1 || x.rank < 2) return batchNormTraining(x, scale, offset, epsilon);
  const images = x.shape[0]!;
  if (!Number.isInteger(splits) || splits < 1 || images % splits !== 0) {
    throw new RangeError(
      `Cannot split a batch of ${images} into ${splits} equal parts: give a batch size that is a multiple of it`,
    );
  }
  return tidy(() => {
    // Image n is row ⌊n / splits⌋ of part n mod splits: seen so, a row holds an image of each part, one under the other.
    const rows = images / splits;
    const channels = x.shape[x.rank - 1]!;
    const [height, width] = x.rank === 4 ? [x.shape[1]!, x.shape[2]!] : [1, x.size / images / channels];
    const stacked = reshape(x, [rows, splits * height, width, channels]) as Tensor4D;
    const parts = split(stacked, splits, 1).map((part) => batchNormTraining(part, scale, offset, epsilon));
    const average = (tensors: Tensor1D[]) => meanOf(stack(tensors), 0) as Tensor1D;
    return {
      y: reshape(
        concat(
          parts.map(({ y }) => y),
          1,
        ),
        x.shape,
      ) as T,
      mean: average(parts.map(({ mean }) => mean)),
      variance: average(parts.map(({ variance }) => variance)),
    };
  }) as BatchNormTrainingResult<T>;
}
