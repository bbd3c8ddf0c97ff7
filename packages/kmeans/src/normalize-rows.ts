/** The rows of a row-major matrix scaled to length 1, in place; rows of zeros stay. */
export function normalizeRows(matrix: Float32Array, width: number): Float32Array {
  for (let row = 0; row < matrix.length; row += width) {
    let square = 0;
    for (let j = row; j < row + width; j++) square += matrix[j]! ** 2;
    const scale = square > 0 ? 1 / Math.sqrt(square) : 1;
    for (let j = row; j < row + width; j++) matrix[j]! *= scale;
  }
  return matrix;
}
