/**
 * For each row of a row-major matrix the first row with the same values, mostly itself; null if no two rows are equal.
 *
 * A device that looks for the largest score in parallel may return any of several equal ones. With this, ties between
 * equal centroids go to the first one on every backend.
 */
export function firstTwins(matrix: Float32Array, width: number): Int32Array | null {
  const words = new Uint32Array(matrix.buffer, matrix.byteOffset, matrix.length);
  const rows = matrix.length / width;
  const equal = (a: number, b: number): boolean => {
    for (let j = 0; j < width; j++) if (words[a * width + j] !== words[b * width + j]) return false;
    return true;
  };
  const first = new Int32Array(rows);
  /** The rows of each hash that are the first of their twins. */
  const firsts = new Map<number, number[]>();
  let found = false;
  for (let row = 0; row < rows; row++) {
    let hash = 0;
    for (let at = row * width; at < (row + 1) * width; at++) hash = Math.imul(hash, 0x01000193) ^ words[at]!;
    const candidates = firsts.get(hash);
    const twin = candidates?.find((other) => equal(row, other));
    first[row] = twin ?? row;
    if (twin !== undefined) found = true;
    else if (candidates) candidates.push(row);
    else firsts.set(hash, [row]);
  }
  return found ? first : null;
}
