import { contingencyTable } from './contingency-table.js';

/**
 * The share of points that are of the class most frequent in their cluster, 1/N Σ_k max_c |cluster k ∩ class c|.
 *
 * 1 if every cluster holds one class only, as clusters of a single point do.
 *
 * @param assignments The cluster of each of N points, any integers.
 * @param labels The class of each, any integers.
 * @throws RangeError if lengths differ, there are no points, or a cluster or class is no integer.
 *
 * @example
 * ```ts
 * purity([0, 0, 0, 1], [5, 5, 6, 6]); // 0.75
 * ```
 */
export function purity(assignments: ArrayLike<number>, labels: ArrayLike<number>): number {
  const { points, rows, cells } = contingencyTable(assignments, labels, ['the clusters', 'the labels']);
  const largest = new Float64Array(rows.length);
  for (const { row, count } of cells) largest[row] = Math.max(largest[row]!, count);
  return largest.reduce((a, b) => a + b, 0) / points;
}
