/**
 * All eigenvalues of a symmetric matrix, in no order, right to about 1e-15 of the largest.
 *
 * Householder reflections make the matrix tridiagonal, implicit QR steps with Wilkinson's shift make that diagonal (Golub &
 * Van Loan, Matrix Computations, 8.3). Libraries compute the eigenvectors along, which takes most of their time.
 *
 * @param matrix `[size, size]` row by row; only its lower triangle is read. It is overwritten.
 * @throws RangeError if its length is another, or a value is not finite.
 *
 * @example
 * ```ts
 * symmetricEigenvalues(Float64Array.of(2, 1, 1, 2), 2); // 1 and 3
 * ```
 */
export function symmetricEigenvalues(matrix: Float64Array, size: number): Float64Array {
  if (matrix.length !== size * size) {
    throw new RangeError(`Cannot take ${matrix.length} values for a matrix of ${size} rows: give ${size * size}`);
  }
  if (!matrix.every(Number.isFinite)) {
    throw new RangeError('Cannot take eigenvalues of a matrix with values that are not finite');
  }
  const { diagonal, beside } = tridiagonal(matrix, size);
  diagonalise(diagonal, beside);
  return diagonal;
}

/** The last row is reflected onto its two last places, then that of the block before it, and so on. */
function tridiagonal(matrix: Float64Array, size: number) {
  const diagonal = new Float64Array(size);
  const beside = new Float64Array(Math.max(size - 1, 0));
  const v = new Float64Array(size);
  const w = new Float64Array(size);
  for (let k = size - 1; k >= 0; k--) {
    const row = k * size;
    diagonal[k] = matrix[row + k]!;
    if (k === 0) break;
    let squares = 0;
    for (let j = 0; j < k; j++) {
      v[j] = matrix[row + j]!;
      squares += v[j]! ** 2;
    }
    const last = v[k - 1]!;
    const rest = squares - last ** 2;
    if (k === 1 || rest <= 0) {
      beside[k - 1] = last;
      continue;
    }
    const reflected = last > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
    beside[k - 1] = reflected;
    v[k - 1] = last - reflected;
    // H = I − v vᵀ / half, and H A H = A − v wᵀ − w vᵀ
    const half = squares - last * reflected;
    w.fill(0, 0, k);
    for (let i = 0; i < k; i++) {
      const at = i * size;
      const vi = v[i]!;
      let sum = matrix[at + i]! * vi;
      for (let j = 0; j < i; j++) {
        const a = matrix[at + j]!;
        sum += a * v[j]!;
        w[j] = w[j]! + a * vi;
      }
      w[i] = w[i]! + sum;
    }
    let along = 0;
    for (let i = 0; i < k; i++) along += w[i]! * v[i]!;
    along /= 2 * half;
    for (let i = 0; i < k; i++) w[i] = (w[i]! - along * v[i]!) / half;
    for (let i = 0; i < k; i++) {
      const at = i * size;
      const vi = v[i]!;
      const wi = w[i]!;
      for (let j = 0; j <= i; j++) matrix[at + j] = matrix[at + j]! - vi * w[j]! - wi * v[j]!;
    }
  }
  return { diagonal, beside };
}

/** Shrinks what is beside the diagonal until it is nothing next to the largest value, from the end. */
function diagonalise(diagonal: Float64Array, beside: Float64Array): void {
  let largest = 0;
  for (const value of diagonal) largest = Math.max(largest, Math.abs(value));
  for (const value of beside) largest = Math.max(largest, Math.abs(value));
  const negligible = Number.EPSILON * largest;
  const isNothing = (k: number) => Math.abs(beside[k]!) <= negligible;
  let end = diagonal.length - 1;
  for (let steps = 60 * diagonal.length; end > 0; steps--) {
    if (isNothing(end - 1)) {
      end--;
      continue;
    }
    // Never seen: two or three steps an eigenvalue are the rule.
    if (steps < 0) throw new Error(`The eigenvalues of a matrix of ${diagonal.length} rows did not converge`);
    let start = end - 1;
    while (start > 0 && !isNothing(start - 1)) start--;
    shiftedStep(diagonal, beside, start, end);
  }
}

/** One implicit QR step on the rows from `start` to `end`: the shift makes a bulge, which rotations chase to the end. */
function shiftedStep(diagonal: Float64Array, beside: Float64Array, start: number, end: number): void {
  const b = beside[end - 1]!;
  const half = (diagonal[end - 1]! - diagonal[end]!) / 2;
  const root = Math.hypot(half, b);
  const shift = diagonal[end]! - b ** 2 / (half + (half < 0 ? -root : root));
  let x = diagonal[start]! - shift;
  let z = beside[start]!;
  for (let k = start; k < end; k++) {
    const r = Math.hypot(x, z);
    const c = r > 0 ? x / r : 1;
    const s = r > 0 ? z / r : 0;
    if (k > start) beside[k - 1] = r;
    const upper = diagonal[k]!;
    const lower = diagonal[k + 1]!;
    const between = beside[k]!;
    diagonal[k] = c * c * upper + 2 * c * s * between + s * s * lower;
    diagonal[k + 1] = s * s * upper - 2 * c * s * between + c * c * lower;
    beside[k] = c * s * (lower - upper) + (c * c - s * s) * between;
    if (k + 1 < end) {
      x = beside[k]!;
      z = s * beside[k + 1]!;
      beside[k + 1] = c * beside[k + 1]!;
    }
  }
}
