/**
 * For each row of a row-major matrix the first row with the same values, mostly itself; null if no two rows are equal.
 *
 * A device that looks for the largest score in parallel may return any of several equal ones. With this, ties between
 * equal centroids go to the first one on every backend.
 */
export function firstTwins(matrix: Float32Array, width: number): Int32Array | null {
  const words = new Uint32Array(matrix.buffer, matrix.byteOffset, matrix.length);
  const first = Int32Array.from({ length: matrix.length / width }, (_, row) => row);
  const rowsByHash = new Map<number, number[]>();
  let found = false;
  for (let row = 0; row < first.length; row++) {
    const bits = words.subarray(row * width, (row + 1) * width);
    const hash = bits.reduce((mixed, word) => Math.imul(mixed, 0x01000193) ^ word, 0);
    const candidates = rowsByHash.get(hash) ?? [];
    const twin = candidates.find((other) => bits.every((word, j) => word === words[other * width + j]));
    if (twin !== undefined) {
      first[row] = twin;
      found = true;
    } else {
      rowsByHash.set(hash, [...candidates, row]);
    }
  }
  return found ? first : null;
}
