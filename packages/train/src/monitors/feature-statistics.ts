import { symmetricEigenvalues } from './symmetric-eigenvalues.js';

/** How far the features of a batch lie apart, and in how many directions. */
export interface FeatureStatistics {
  /** From 0, all features are equal, to 1, they are spread evenly over the sphere. */
  readonly spread: number;
  /** Effective number of directions in which they differ: from 1 (0 if they are equal) to the lesser of N − 1 and D. */
  readonly rank: number;
}

/** Rows that are nearer to their mean than this, root mean square, differ by float32's rounding only. */
const ROUNDING = 1e-6;

/**
 * Spread and effective rank of a batch of features, the two signs of a collapse.
 *
 * spread = √D · mean over coordinates of std(z_j), z the rows at length 1, std with divisor N (SimSiam, arXiv 2011.10566, 4.1, which
 * compares std with 1/√D). rank = exp(−Σ p ln p), p = σ / Σσ, σ the singular values of z less its mean (effective rank, Roy &
 * Vetterli 2007). RankMe (arXiv 2210.02885) does not take the mean away; here the mean is the spread's matter: features in a
 * narrow cone have a small spread, features along few directions, wherever their mean, a small rank.
 *
 * Rows of another length than 1 are brought to it, and rows of zeros stay: a run that collapses makes such, and is to be told so.
 *
 * @param values `[N, D]` float32, row by row; not changed.
 * @param shape `[N, D]`, N at least 2.
 * @throws RangeError if the shape and the number of values disagree, rows are fewer than 2, or a value is not finite.
 *
 * @example
 * ```ts
 * featureStatistics(Float32Array.of(1, 0, -1, 0, 0, 1, 0, -1), [4, 2]); // spread 1, rank 2
 * ```
 */
export function featureStatistics(values: Float32Array, [rows, columns]: readonly [number, number]): FeatureStatistics {
  const asked = `Cannot tell the spread of features [${rows}, ${columns}]`;
  if (!(Number.isInteger(rows) && Number.isInteger(columns) && rows >= 2 && columns >= 1)) {
    throw new RangeError(`${asked}: give at least 2 rows of at least 1 value`);
  }
  if (values.length !== rows * columns) {
    throw new RangeError(`${asked} from ${values.length} values: give ${rows * columns}`);
  }
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new RangeError(`${asked}: row ${Math.floor(wrong / columns)} has ${values[wrong]}`);

  const centred = unitRows(values, rows, columns);
  centre(centred, rows, columns);
  let deviations = 0;
  let squares = 0;
  for (let j = 0; j < columns; j++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += centred[i * columns + j]! ** 2;
    deviations += Math.sqrt(sum / rows);
    squares += sum;
  }
  const spread = deviations / Math.sqrt(columns);
  const rank = Math.sqrt(squares / rows) <= ROUNDING ? 0 : effectiveRank(centred, rows, columns);
  return { spread, rank };
}

function unitRows(values: Float32Array, rows: number, columns: number): Float64Array {
  const unit = Float64Array.from(values);
  for (let i = 0; i < rows; i++) {
    const row = unit.subarray(i * columns, (i + 1) * columns);
    let squares = 0;
    for (const value of row) squares += value * value;
    const length = Math.sqrt(squares) || 1;
    for (let j = 0; j < columns; j++) row[j] = row[j]! / length;
  }
  return unit;
}

/** Takes each column's mean away, in place. */
function centre(matrix: Float64Array, rows: number, columns: number): void {
  for (let j = 0; j < columns; j++) {
    let sum = 0;
    for (let at = j; at < matrix.length; at += columns) sum += matrix[at]!;
    const mean = sum / rows;
    for (let at = j; at < matrix.length; at += columns) matrix[at] = matrix[at]! - mean;
  }
}

function effectiveRank(centred: Float64Array, rows: number, columns: number): number {
  const size = Math.min(rows, columns);
  const eigenvalues = symmetricEigenvalues(gram(centred, rows, columns), size);
  // What rounding has left of eigenvalues that are 0.
  const nothing = size * Number.EPSILON * eigenvalues.reduce((a, b) => Math.max(a, b));
  const singular = eigenvalues.map((value) => (value > nothing ? Math.sqrt(value) : 0));
  const sum = singular.reduce((a, b) => a + b);
  let entropy = 0;
  for (const value of singular) if (value > 0) entropy -= (value / sum) * Math.log(value / sum);
  return Math.exp(entropy);
}

/** X Xᵀ or Xᵀ X, the smaller one; at least its lower triangle. */
function gram(x: Float64Array, rows: number, columns: number): Float64Array {
  const [size, length] = rows < columns ? [rows, columns] : [columns, rows];
  const vectors = rows < columns ? x : transposed(x, rows, columns);
  const products = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    // Two at a time: one sum alone waits for itself at each addition.
    for (let j = 0; j <= i; j += 2) {
      const next = Math.min(j + 1, size - 1);
      let first = 0;
      let second = 0;
      for (let k = 0; k < length; k++) {
        const value = vectors[i * length + k]!;
        first += value * vectors[j * length + k]!;
        second += value * vectors[next * length + k]!;
      }
      products[i * size + j] = first;
      products[i * size + next] = second;
    }
  }
  return products;
}

function transposed(x: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(x.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = x[i * columns + j]!;
  return result;
}
