import {
  add,
  argMax,
  concat2d,
  gather,
  matMul,
  max,
  ones,
  reshape,
  split,
  type Tensor,
  type Tensor2D,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';

/** What was found for a block of points. */
export interface Found {
  /** The column of the highest score of each point, the first of several. */
  readonly column: Int32Array;
  /** That score. */
  readonly score: Float32Array;
}

/** Factors of a block of points, `[R, E]` or, without the column of ones, `[R, E − 1]`, and of centroids, `[E, K]`. */
export interface Factors {
  readonly points: () => Tensor2D;
  readonly centroids: Tensor2D;
}

/** The values of a tensor that is made for them. */
async function valuesOf<T extends Float32Array | Int32Array>(make: () => Tensor): Promise<T> {
  const tensor = tidy(make);
  try {
    return (await tensor.data()) as T;
  } finally {
    tensor.dispose();
  }
}

/** The product of both factors. */
function product(points: Tensor2D, centroids: Tensor2D): Tensor2D {
  const [height, k] = centroids.shape;
  const [rows, width] = points.shape;
  if (width === height) return matMul(points, centroids);
  // What is cheaper: a column of ones for the points, or their sum with the last row of the centroids.
  if (k >= width) return matMul(concat2d([points, ones([rows, 1])], 1), centroids);
  const [vectors, offsets] = split(centroids, [width, 1]);
  return add(matMul(points, vectors!), offsets!);
}

/** Makes the scores of a block, and disposes them once `use` is through with them. */
async function withScores<R>({ points, centroids }: Factors, use: (scores: Tensor2D) => Promise<R>): Promise<R> {
  const scores = tidy(() => product(points(), centroids));
  try {
    return await use(scores);
  } finally {
    scores.dispose();
  }
}

/** The rows of 0 … n − 1 that are wanted, rising. */
function rowsWhere(n: number, wanted: (row: number) => boolean): Int32Array {
  const rows = new Int32Array(n);
  let count = 0;
  for (let row = 0; row < n; row++) if (wanted(row)) rows[count++] = row;
  return rows.subarray(0, count);
}

/** The place of the highest value in each of some rows. */
const placesIn = (matrix: Tensor2D, rows: Int32Array): Promise<Int32Array> =>
  valuesOf<Int32Array>(() => argMax(gather(matrix, tensor1d(rows, 'int32')), 1));

/** The column of the highest score of each point. */
export function bestColumns(factors: Factors): Promise<Int32Array> {
  return withScores(factors, (scores) => valuesOf<Int32Array>(() => argMax(scores, 1)));
}

/** The column of the highest score of each point, and that score. */
export function bestScores(factors: Factors): Promise<Found> {
  return withScores(factors, async (scores) => ({
    column: await valuesOf<Int32Array>(() => argMax(scores, 1)),
    score: await valuesOf<Float32Array>(() => max(scores, 1)),
  }));
}

/**
 * As {@link bestScores}, with columns only for the points whose highest score is at least as high as theirs in `least`;
 * −1 for the others. The highest value of a row is found much faster than its place.
 */
export function bestAbove(factors: Factors, least: Float32Array): Promise<Found> {
  return withScores(factors, async (scores) => {
    const score = await valuesOf<Float32Array>(() => max(scores, 1));
    const column = new Int32Array(score.length).fill(-1);
    const above = rowsWhere(score.length, (row) => score[row]! >= least[row]!);
    if (above.length > 0) {
      const places = await placesIn(scores, above);
      for (let i = 0; i < above.length; i++) column[above[i]!] = places[i]!;
    }
    return { column, score };
  });
}

/**
 * As {@link bestScores}, for columns in groups of `size`, with the highest score in the groups that the best is not in;
 * −Infinity if there is one group. Looks for the best group first and then within it.
 */
export function bestOfGroups(factors: Factors, size: number): Promise<Found & { readonly outside: Float32Array }> {
  return withScores(factors, async (scores) => {
    const [rows, columns] = scores.shape;
    const count = columns / size;
    const grouped: Tensor2D = reshape(scores, [rows * count, size]);
    try {
      const highest = await valuesOf<Float32Array>(() => max(grouped, 1));
      const score = new Float32Array(rows);
      const outside = new Float32Array(rows);
      const best = new Int32Array(rows);
      for (let row = 0, at = 0; row < rows; row++) {
        let [first, second, place] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, at];
        for (const end = at + count; at < end; at++) {
          const value = highest[at]!;
          if (value > first) {
            second = first;
            first = value;
            place = at;
          } else if (value > second) second = value;
        }
        score[row] = first;
        outside[row] = second;
        best[row] = place;
      }
      const column = await placesIn(grouped, best);
      for (let row = 0; row < rows; row++) column[row]! += (best[row]! - row * count) * size;
      return { column, score, outside };
    } finally {
      grouped.dispose();
    }
  });
}
