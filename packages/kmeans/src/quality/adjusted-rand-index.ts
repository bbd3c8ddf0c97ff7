import { type ContingencyTable, contingencyTable, sameClusters } from './contingency-table.js';

const squares = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count * count, 0);

/** The figure of {@link adjustedRandIndex}, from the table. */
export function ariOf(table: ContingencyTable): number {
  if (sameClusters(table)) return 1;
  const { points, rows, columns, cells } = table;
  const together = squares(cells.map(({ count }) => count));
  // Ordered pairs of points: in one cluster of both, of one of the two only, of neither.
  const both = together - points;
  const onlyFirst = squares(rows) - together;
  const onlySecond = squares(columns) - together;
  const neither = points * points - together - onlyFirst - onlySecond;
  return (
    (2 * (both * neither - onlyFirst * onlySecond)) /
    ((both + onlyFirst) * (onlyFirst + neither) + (both + onlySecond) * (onlySecond + neither))
  );
}

/**
 * How often two assignments agree whether two points belong together, above chance: 1 for the same clusters, 0 on average
 * for clusters of these sizes drawn at random, at least −0.5.
 *
 * L. Hubert, P. Arabie, "Comparing partitions", Journal of Classification 2, 1985, counted over pairs as in scikit-learn.
 *
 * @param first The cluster of each of N points, any integers; or their classes.
 * @param second The same of the other assignment.
 * @throws RangeError if lengths differ, there are no points, or a cluster is no integer.
 *
 * @example
 * ```ts
 * adjustedRandIndex([0, 0, 1, 1], [7, 7, 3, 3]); // 1
 * adjustedRandIndex([0, 0, 1, 1], [0, 1, 0, 1]); // -0.5
 * ```
 */
export function adjustedRandIndex(first: ArrayLike<number>, second: ArrayLike<number>): number {
  return ariOf(contingencyTable(first, second));
}
