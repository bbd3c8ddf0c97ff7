import {
  cast,
  clipByValue,
  cumsum,
  equal,
  gather,
  greater,
  lessEqual,
  logicalAnd,
  logicalOr,
  reshape,
  slice,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  topk,
  where,
} from '@tensorflow/tfjs-core';

/** Below every cosine. */
const BELOW = -4;

/** Cosines `[A, M]` with those that are not eligible below all others. */
export function cosinesAmong(cosines: Tensor2D, eligible: Tensor | null): Tensor2D {
  return eligible ? (where(cast(eligible, 'bool'), cosines, BELOW) as Tensor2D) : cosines;
}

/** The largest values of each row, `[A, limit]`, falling. */
export function largest(values: Tensor2D, limit: number): Tensor2D {
  return topk(values, limit).values as Tensor2D;
}

/**
 * Marks exactly the `count` largest of each row with 1: of equal values on the edge the first are taken.
 *
 * @param values `[A, M]`.
 * @param sorted The `limit` largest of each row, falling, limit ≥ count.
 * @param count A whole number from 0 to `limit`, or a float32 scalar that holds one.
 */
export function markLargest(values: Tensor2D, sorted: Tensor2D, count: number | Tensor): Tensor {
  const [rows, limit] = sorted.shape;
  const edge = edgeOf(sorted, count, rows, limit);
  const above = greater(values, edge);
  const level = equal(values, edge);
  const room = sub(count, sum(cast(above, 'float32'), 1, true));
  const first = lessEqual(cumsum(cast(level, 'float32'), 1), room);
  return cast(logicalOr(above, logicalAnd(level, first)), 'float32');
}

/** The value of each row that is the last to be marked, `[A, 1]`. */
function edgeOf(sorted: Tensor2D, count: number | Tensor, rows: number, limit: number): Tensor {
  if (typeof count === 'number') return slice(sorted, [0, Math.max(count - 1, 0)], [rows, 1]);
  const at = cast(clipByValue(sub(count, 1), 0, limit - 1), 'int32');
  return gather(sorted, reshape(at, [1]), 1);
}
