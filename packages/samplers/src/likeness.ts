import {
  add,
  concat,
  div,
  gather,
  matMul,
  mul,
  reshape,
  slice,
  softmax,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';

/** Similarities held at once: 64 MB of float32. */
const BLOCK = 2 ** 24;

/** Added to a similarity, far below all others: its exponential is 0. */
const ABSENT = -1e30;

/**
 * How much each candidate looks like each anchor's prototype: softmax_c( n·c / φ_c )[prototype], `[A, M]`.
 *
 * The softmax over the K prototypes is computed once per candidate, in blocks of candidates, and the anchors' columns
 * are taken out of it.
 *
 * @param phi `[K]` float32.
 * @param prototypes `[A]` int32: the column of each anchor.
 * @param alive `[K]` float32 of 0 and 1: prototypes of 0 take no part in the softmax; null: all do.
 * @param block The most similarities to hold at once.
 */
export function likeness(
  candidates: Tensor2D,
  centroids: Tensor2D,
  phi: Tensor,
  prototypes: Tensor1D,
  alive: Tensor1D | null = null,
  block = BLOCK,
): Tensor2D {
  const scaled = div(centroids, reshape(phi, [-1, 1]));
  const absent = alive && mul(sub(1, alive), ABSENT);
  const [m, d] = candidates.shape;
  const rows = Math.max(1, Math.floor(block / centroids.shape[0]));
  const blocks: Tensor2D[] = [];
  for (let start = 0; start < m; start += rows) {
    blocks.push(
      tidy(() => {
        const part = slice(candidates, [start, 0], [Math.min(rows, m - start), d]);
        const similarities = matMul(part, scaled, false, true);
        const present = absent ? add(similarities, absent) : similarities;
        return gather(transpose(softmax(present)), prototypes) as Tensor2D;
      }),
    );
  }
  return blocks.length === 1 ? blocks[0]! : (concat(blocks, 1) as Tensor2D);
}
