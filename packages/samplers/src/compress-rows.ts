import {
  add,
  concat,
  div,
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
const KEPT = 63;
/** Rows that the directions to keep are chosen by, if there are as many. */
const SAMPLE = 2048;

/**
 * Added to the squared length of what is not kept: a GPU may cut factors to 10 bits, which takes up to 4.0e-3 from an inner
 * product of compressed rows.
 */
const ROUNDING = 4.5e-3;

/**
 * Makes rows of unit length shorter, so that no two have a smaller inner product than before, however coarsely the device
 * multiplies; null if that would not pay.
 *
 * A compressed row is (Qx, t) with t² = |x|² − |Qx|². For any Q that makes no row longer, I − Q'Q has no eigenvalue below 0, so
 * that x'(I − Q'Q)y ≤ t_x t_y, or x·y ≤ Qx·Qy + t_x t_y. Q are directions in which the rows differ, with an orthonormal basis
 * of X'X S as the start, for a few rows S of a sample X.
 *
 * @param lengths `[N]`: those of the rows.
 */
export async function compressRows(rows: Tensor2D, lengths: Float64Array): Promise<Tensor2D | null> {
  const [n, width] = rows.shape;
  if (width < 2 * (KEPT + 1) || n < 4 * (KEPT + 1)) return null;
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
    directions = withTenBits(orthonormal((await seen.data()) as Float32Array, width));
  } finally {
    seen.dispose();
  }
  return tidy(() => {
    const product = matMul(rows, tensor2d(directions, [KEPT, width]), false, true);
    const inside = div(product, longest(directions, width));
    const squares = tensor2d(
      Float32Array.from(lengths, (length) => length * length),
      [n, 1],
    );
    const outside = sqrt(add(maximum(sub(squares, sum(square(inside), 1, true)), 0), ROUNDING));
    return concat([inside, outside], 1) as Tensor2D;
  });
}

/** Rows of length 1 that are orthogonal to each other and span what `rows` do; 0 where a row brings nothing new. */
function orthonormal(rows: Float32Array, width: number): Float64Array {
  const basis = Float64Array.from(rows);
  for (let start = 0; start < basis.length; start += width) {
    const row = basis.subarray(start, start + width);
    const before = Math.sqrt(dot(row, row));
    // Twice, as once leaves what was rounded.
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < start; other += width) {
        const direction = basis.subarray(other, other + width);
        const product = dot(row, direction);
        for (let d = 0; d < width; d++) row[d]! -= product * direction[d]!;
      }
    }
    const length = Math.sqrt(dot(row, row));
    const scale = length > 1e-5 * before ? 1 / length : 0;
    for (let d = 0; d < width; d++) row[d]! *= scale;
  }
  return basis;
}

/** The nearest numbers of 10 bits behind the leading one, which no device rounds further. */
function withTenBits(values: Float64Array): Float32Array {
  const rounded = Float32Array.from(values);
  const bits = new Int32Array(rounded.buffer);
  for (const [at, all] of bits.entries()) bits[at] = (all + 0x1000) & ~0x1fff;
  return rounded;
}

/** A bound of how long the matrix makes a row of length 1: the root of the largest row sum of |QQ'|. */
function longest(matrix: Float32Array, width: number): number {
  const rows = Array.from({ length: matrix.length / width }, (_, k) => matrix.subarray(k * width, (k + 1) * width));
  const sums = rows.map((row) => rows.reduce((total, other) => total + Math.abs(dot(row, other)), 0));
  return Math.sqrt(Math.max(...sums));
}

function dot(a: Float64Array | Float32Array, b: Float64Array | Float32Array): number {
  let total = 0;
  for (let d = 0; d < a.length; d++) total += a[d]! * b[d]!;
  return total;
}
