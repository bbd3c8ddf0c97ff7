import { type ContingencyTable, contingencyTable, sameClusters } from './contingency-table.js';
import { entropyOf, mutualInformation } from './mutual-information.js';

/** The figure of {@link normalizedMutualInformation}, from the table. */
export function nmiOf(table: ContingencyTable): number {
  if (sameClusters(table)) return 1;
  const information = mutualInformation(table);
  // What is left of no information is rounding.
  if (information <= Number.EPSILON) return 0;
  const { rows, columns, points } = table;
  return Math.min(1, (2 * information) / (entropyOf(rows, points) + entropyOf(columns, points)));
}

/**
 * How much two assignments say about each other, from 0 to 1: their mutual information over the mean of their entropies.
 *
 * NMI = 2 I(U; V) / (H(U) + H(V)). The names of the clusters do not matter. It grows with the number of clusters even if
 * they are drawn at random; {@link adjustedMutualInformation} does not. As in scikit-learn, 1 if both are a single cluster.
 *
 * @param first The cluster of each of N points, any integers; or their classes.
 * @param second The same of the other assignment.
 * @throws RangeError if lengths differ, there are no points, or a cluster is no integer.
 *
 * @example
 * ```ts
 * normalizedMutualInformation([0, 0, 1, 1], [7, 7, 3, 3]); // 1
 * normalizedMutualInformation([0, 0, 1, 1], [0, 1, 0, 1]); // 0
 * ```
 */
export function normalizedMutualInformation(first: ArrayLike<number>, second: ArrayLike<number>): number {
  return nmiOf(contingencyTable(first, second));
}
