import {
  add,
  concat,
  gather,
  matMul,
  maximum,
  sqrt,
  square,
  sub,
  sum,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tidy,
} from '@tensorflow/tfjs-core';

/** Numbers of a compressed row, without the last one. */
const KEPT = 128;
/** Rows that the directions to keep are chosen by, if there are as many. */
const SAMPLE = 2048;

/** How far an inner product of compressed rows may lie below that of the rows: a GPU may round factors to 10 bits. */
export const COMPRESSED_ROUNDING = 4e-3;

/**
 * Makes rows of unit length shorter, so that no two have a smaller inner product than before; null if that would not pay.
 *
 * With an orthonormal basis Q of directions in which the rows differ, and the length t of what is not in them,
 * x·y ≤ Qx·Qy + t_x t_y: a compressed row is (Qx, t_x). The basis spans X'X S for a few rows S of a sample X.
 *
 * @param lengths `[N]`: those of the rows.
 */
export async function compressRows(rows: Tensor2D, lengths: Float64Array): Promise<Tensor2D | null> {
  const [n, width] = rows.shape;
  if (width < 2 * KEPT || n < 4 * KEPT) return null;
  const spread = (count: number) =>
    tensor1d(Int32Array.from({ length: count }, (_, at) => Math.floor((at * n) / count)));
  const seen = tidy(() => {
    const sample = gather(rows, spread(Math.min(n, SAMPLE)));
    const some = gather(rows, spread(KEPT));
    // The directions as rows.
    return matMul(matMul(some, sample, false, true), sample) as Tensor2D;
  });
  let directions: Float32Array;
  try {
    directions = orthonormal((await seen.data()) as Float32Array, width);
  } finally {
    seen.dispose();
  }
  return tidy(() => {
    const inside = matMul(rows, tensor2d(directions, [KEPT, width]), false, true);
    const squares = tensor2d(
      Float32Array.from(lengths, (length) => length * length),
      [n, 1],
    );
    const outside = sqrt(add(maximum(sub(squares, sum(square(inside), 1, true)), 0), COMPRESSED_ROUNDING));
    return concat([inside, outside], 1) as Tensor2D;
  });
}

/** Rows of length 1 that are orthogonal to each other and span what `rows` do; 0 where a row brings nothing new. */
function orthonormal(rows: Float32Array, width: number): Float32Array {
  const basis = Float64Array.from(rows);
  for (let start = 0; start < basis.length; start += width) {
    const row = basis.subarray(start, start + width);
    const before = lengthOf(row);
    // Twice, as once leaves what was rounded.
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < start; other += width) {
        let product = 0;
        for (let d = 0; d < width; d++) product += row[d]! * basis[other + d]!;
        for (let d = 0; d < width; d++) row[d]! -= product * basis[other + d]!;
      }
    }
    const length = lengthOf(row);
    const scale = length > 1e-5 * before ? 1 / length : 0;
    for (let d = 0; d < width; d++) row[d]! *= scale;
  }
  return Float32Array.from(basis);
}

const lengthOf = (row: Float64Array) => Math.sqrt(row.reduce((total, value) => total + value * value, 0));
