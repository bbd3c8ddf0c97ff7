import {
  add,
  concat,
  customGrad,
  dispose,
  type GradSaveFunc,
  matMul,
  neg,
  slice,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import type { Overlay, Overlays } from './overlay.js';
import { expsOf, layOver, type RowSums, rowSums, rowValues, slopes } from './row-sums.js';

/** Logits `rows · candidatesᵀ` that do not fit in memory at once. */
export interface BlockedLogits {
  readonly rows: Tensor2D;
  readonly candidates: Tensor2D;
  readonly blockSize: number;
}

/**
 * What `contrastRows` computes, `blockSize` candidates at a time.
 *
 * Forward, an online log-sum-exp; backward, each block's logits are computed again. What is kept in between is the
 * largest logit and the sum of every row.
 */
export function contrastBlocks(
  { rows, candidates, blockSize }: BlockedLogits,
  overlays: Overlays,
  positive?: Tensor1D,
): Tensor1D {
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
  const backward = (
    dy: Tensor,
    { top, total }: Pick<RowSums, 'top' | 'total'>,
    tensors: Tensor[],
    ofRows: boolean,
    ofCandidates: boolean,
  ): Tensor => {
    let byRows: Tensor = zeros(tensors[0]!.shape);
    const byCandidates = forBlocks(tensors, (z, overlay, block) => {
      const exps = expsOf(layOver(z, overlay), top, overlay);
      const byLogits = slopes(dy, exps, total, overlay) as Tensor2D;
      if (ofRows) {
        const before = byRows;
        byRows = add(before, matMul(byLogits, block));
        dispose(before);
      }
      return [byRows, ...(ofCandidates ? [matMul(byLogits, tensors[0] as Tensor2D, true)] : [])];
    });
    if (!ofCandidates) return byRows;
    const all = concat(byCandidates.map(([, part]) => part!));
    return ofRows ? add(byRows, all) : all;
  };

  /** The losses as a function of the rows, and with them of all else where `rows` are `candidates`. */
  const lossOfRows = customGrad((...args) => {
    const save = args.pop() as unknown as GradSaveFunc;
    const sums = forward(inputs);
    save([sums.top, sums.total, ...inputs]);
    return {
      value: rowValues(sums, positive),
      gradFunc: (dy: Tensor, [top, total, ...tensors]: Tensor[]) => [
        backward(dy, { top: top!, total: total! }, tensors, true, rows === candidates),
        ...(positive ? [neg(dy)] : []),
      ],
    };
  });
  /** 0, with the derivative by the candidates: a tape that does not lead to them never asks for it. */
  const zeroOfCandidates = customGrad((...args) => {
    (args.pop() as unknown as GradSaveFunc)(inputs);
    return {
      value: zeros([rows.shape[0]]),
      gradFunc: (dy: Tensor, tensors: Tensor[]) => backward(dy, forward(tensors), tensors, false, true),
    };
  });
  const losses = positive ? lossOfRows(rows, positive) : lossOfRows(rows);
  return (rows === candidates ? losses : add(losses, zeroOfCandidates(candidates))) as Tensor1D;
}
