import {
  div,
  matMul,
  maximum,
  mean,
  norm,
  slice,
  sub,
  type Tensor,
  type Tensor2D,
  tidy,
  topk,
} from '@tensorflow/tfjs-core';

/** What {@link searchNearest} needs to be told; all of it has been checked. */
export interface SearchOptions {
  readonly k: number;
  readonly center: boolean;
  readonly blockSize: number;
}

/** The k rows of `train` that are most similar to each row of `test`, `[M, k]` each, best first; of equal ones the first. */
export async function searchNearest(
  train: Tensor2D,
  test: Tensor2D,
  { k, center, blockSize }: SearchOptions,
): Promise<{ similarities: Float32Array; indices: Int32Array }> {
  const [trained, tested] = [train.shape[0], test.shape[0]];
  const similarities = new Float32Array(tested * k).fill(Number.NEGATIVE_INFINITY);
  const neighbours = new Int32Array(tested * k);
  const middle = center ? tidy(() => mean(train, 0, true)) : null;
  const directions = (features: Tensor2D, start: number, length: number) =>
    tidy(() => {
      const rows = slice(features, [start, 0], [length, -1]);
      const moved: Tensor = middle ? sub(rows, middle) : rows;
      return div(moved, maximum(norm(moved, 2, 1, true), 1e-12)) as Tensor2D;
    });
  try {
    for (let start = 0; start < trained; start += 8 * blockSize) {
      const length = Math.min(8 * blockSize, trained - start);
      const candidates = directions(train, start, length);
      try {
        for (let first = 0; first < tested; first += blockSize) {
          const rows = Math.min(blockSize, tested - first);
          const found = tidy(() => {
            const similarity = matMul(directions(test, first, rows), candidates, false, true);
            return topk(similarity, Math.min(k, length), true);
          });
          const [values, indices] = [await found.values.data(), await found.indices.data()];
          found.values.dispose();
          found.indices.dispose();
          const width = values.length / rows;
          for (let i = 0; i < rows; i++) {
            const row = [(first + i) * k, (first + i + 1) * k] as const;
            const block = [i * width, (i + 1) * width] as const;
            merge(
              similarities.subarray(...row),
              neighbours.subarray(...row),
              values.subarray(...block),
              indices.subarray(...block),
              start,
            );
          }
        }
      } finally {
        candidates.dispose();
      }
    }
  } finally {
    middle?.dispose();
  }
  return { similarities, indices: neighbours };
}

/** Merges a block's best into the best so far, both descending; the block's indices count from `start`. */
function merge(
  best: Float32Array,
  ids: Int32Array,
  values: ArrayLike<number>,
  indices: ArrayLike<number>,
  start: number,
) {
  const [oldBest, oldIds] = [best.slice(), ids.slice()];
  let [old, fresh] = [0, 0];
  for (let i = 0; i < best.length; i++) {
    if (fresh >= values.length || oldBest[old]! >= values[fresh]!) {
      best[i] = oldBest[old]!;
      ids[i] = oldIds[old++]!;
    } else {
      best[i] = values[fresh]!;
      ids[i] = indices[fresh++]! + start;
    }
  }
}
