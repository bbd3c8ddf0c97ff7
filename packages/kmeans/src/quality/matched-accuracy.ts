import { contingencyTable } from './contingency-table.js';

/**
 * The largest sum of gains if each of `rows` takes a column of its own, by shortest augmenting paths; needs rows ≤ columns.
 *
 * `gains` is `[rows, columns]` row-major. R. Jonker, A. Volgenant, Computing 38, 1987; O(rows² · columns).
 */
function largestMatching(gains: Float64Array, rows: number, columns: number): number {
  // Column 0 stands for the row to be placed; rows and columns count from 1, and 0 is nobody.
  const rowPrice = new Float64Array(rows + 1);
  const columnPrice = new Float64Array(columns + 1);
  const ownerOf = new Int32Array(columns + 1);
  const cameFrom = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    ownerOf[0] = row;
    const slack = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
    const seen = new Uint8Array(columns + 1);
    let column = 0;
    while (ownerOf[column] !== 0) {
      seen[column] = 1;
      const owner = ownerOf[column]!;
      let least = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let j = 1; j <= columns; j++) {
        if (seen[j]) continue;
        const reduced = -gains[(owner - 1) * columns + j - 1]! - rowPrice[owner]! - columnPrice[j]!;
        if (reduced < slack[j]!) {
          slack[j] = reduced;
          cameFrom[j] = column;
        }
        if (slack[j]! < least) {
          least = slack[j]!;
          next = j;
        }
      }
      for (let j = 0; j <= columns; j++) {
        if (seen[j]) {
          rowPrice[ownerOf[j]!]! += least;
          columnPrice[j]! -= least;
        } else slack[j]! -= least;
      }
      column = next;
    }
    while (column !== 0) {
      ownerOf[column] = ownerOf[cameFrom[column]!]!;
      column = cameFrom[column]!;
    }
  }
  let sum = 0;
  for (let j = 1; j <= columns; j++) if (ownerOf[j] !== 0) sum += gains[(ownerOf[j]! - 1) * columns + j - 1]!;
  return sum;
}

/**
 * The share of points that are right if each cluster stands for one class and no class for two: the best one-to-one matching of
 * clusters with classes, found by the Hungarian method.
 *
 * Points of clusters that are left without a class are wrong. With K clusters and C classes it takes O(min² · max) and K · C
 * numbers.
 *
 * @param assignments The cluster of each of N points, any integers.
 * @param labels The class of each, any integers.
 * @throws RangeError if lengths differ, there are no points, or a cluster or class is no integer.
 *
 * @example
 * ```ts
 * matchedAccuracy([7, 7, 3, 3], [0, 0, 1, 1]); // 1
 * matchedAccuracy([0, 1, 2, 2], [0, 0, 1, 1]); // 0.75: cluster 0 or 1 is left over
 * ```
 */
export function matchedAccuracy(assignments: ArrayLike<number>, labels: ArrayLike<number>): number {
  const { points, rows, columns, cells } = contingencyTable(assignments, labels, ['the clusters', 'the labels']);
  const [fewer, more] = [Math.min(rows.length, columns.length), Math.max(rows.length, columns.length)];
  const gains = new Float64Array(fewer * more);
  const swap = rows.length > columns.length;
  for (const { row, column, count } of cells) gains[swap ? column * more + row : row * more + column] = count;
  return largestMatching(gains, fewer, more) / points;
}
