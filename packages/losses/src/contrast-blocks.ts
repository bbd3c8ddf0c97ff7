import {
  add,
  concat,
  customGrad,
  dispose,
  exp,
  type GradSaveFunc,
  matMul,
  mul,
  reshape,
  slice,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import type { Overlay, Overlays } from './overlay.js';
import { layOver, logSumExp, type RowSums, rowSums, rowValues, slopes } from './row-sums.js';

/** Logits `rows · candidatesᵀ` that do not fit in memory at once. */
export interface BlockedLogits {
  readonly rows: Tensor2D;
  readonly candidates: Tensor2D;
  readonly blockSize: number;
}

type Wanted = { rows?: boolean; candidates?: boolean };

/**
 * What `contrastRows` computes, `blockSize` candidates at a time.
 *
 * Forward, an online log-sum-exp; backward, each block's logits are computed again. What is kept in between is the
 * log-sum-exp, `[N, 1]`.
 */
export function contrastBlocks({ rows, candidates, blockSize }: BlockedLogits, overlays: Overlays): Tensor1D {
  const names = Object.keys(overlays.given).filter((name) => overlays.given[name]);
  const inputs = [rows, candidates, ...names.map((name) => overlays.given[name]!)];

  /** Of a block, only what `visit` returns is left. */
  const forBlocks = (
    [q, c, ...rest]: Tensor[],
    visit: (z: Tensor, overlay: Overlay, block: Tensor2D) => Tensor[],
  ): Tensor[][] => {
    const given = Object.fromEntries(names.map((name, i) => [name, rest[i]]));
    const total = c!.shape[0]!;
    return Array.from({ length: Math.ceil(total / blockSize) }, (_, i) =>
      tidy(() => {
        const from = i * blockSize;
        const size = Math.min(blockSize, total - from);
        const block = slice(c as Tensor2D, [from, 0], [size, -1]);
        return visit(matMul(q as Tensor2D, block, false, true), overlays.at(given, from, size), block);
      }),
    );
  };

  const forward = (tensors: Tensor[]): RowSums => {
    let sums: RowSums | undefined;
    forBlocks(tensors, (z, overlay) => {
      const before = sums;
      sums = rowSums(z, overlay, before);
      dispose({ ...before });
      return [sums.top, sums.total, ...(sums.matched ? [sums.matched] : [])];
    });
    return sums!;
  };

  /** The derivatives by the rows and by the candidates, each where it is wanted. */
  const backward = (dy: Tensor, logSum: Tensor, tensors: Tensor[], wanted: Wanted): Tensor => {
    const slope = reshape(dy, [-1, 1]);
    let byRows: Tensor = zeros(tensors[0]!.shape);
    const byCandidates = forBlocks(tensors, (z, overlay, block) => {
      const byLogits = slopes(mul(slope, exp(sub(layOver(z, overlay), logSum))), overlay, slope) as Tensor2D;
      if (wanted.rows) {
        const before = byRows;
        byRows = add(before, matMul(byLogits, block));
        dispose(before);
      }
      return [byRows, ...(wanted.candidates ? [matMul(byLogits, tensors[0] as Tensor2D, true)] : [])];
    });
    if (!wanted.candidates) return byRows;
    const all = concat(byCandidates.map(([, part]) => part!));
    return wanted.rows ? add(byRows, all) : all;
  };

  const differentiable = (x: Tensor2D, wanted: Wanted): Tensor =>
    customGrad((...args) => {
      const save = args[1] as unknown as GradSaveFunc;
      // A tape that does not lead to the candidates never calls their derivative: they cost nothing here.
      const sums = wanted.rows && forward(inputs);
      save(sums ? [logSumExp(sums), ...inputs] : inputs);
      return {
        value: sums ? rowValues(sums) : zeros([rows.shape[0]]),
        gradFunc: (dy: Tensor, saved: Tensor[]) => {
          const tensors = sums ? saved.slice(1) : saved;
          return backward(dy, sums ? saved[0]! : logSumExp(forward(tensors)), tensors, wanted);
        },
      };
    })(x);

  if (rows === candidates) return differentiable(rows, { rows: true, candidates: true }) as Tensor1D;
  return add(differentiable(rows, { rows: true }), differentiable(candidates, { candidates: true }));
}
