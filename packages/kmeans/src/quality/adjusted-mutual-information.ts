import { type ContingencyTable, contingencyTable, sameClusters } from './contingency-table.js';
import { entropyOf, expectedMutualInformation, mutualInformation } from './mutual-information.js';

/** The figure of {@link adjustedMutualInformation}, from the table. */
export function amiOf(table: ContingencyTable): number {
  if (sameClusters(table)) return 1;
  const { rows, columns, points } = table;
  // With one cluster, or a cluster for each point, chance has as much information as any assignment.
  if ([rows.length, columns.length].some((clusters) => clusters === 1 || clusters === points)) return 0;
  const expected = expectedMutualInformation(table);
  const largest = (entropyOf(rows, points) + entropyOf(columns, points)) / 2;
  return (mutualInformation(table) - expected) / (largest - expected);
}

/**
 * Mutual information above chance: 1 for the same clusters, 0 on average for clusters of these sizes drawn at random.
 *
 * AMI = (I(U; V) − E[I]) / ((H(U) + H(V)) / 2 − E[I]), which may be slightly negative. N. X. Vinh, J. Epps, J. Bailey, JMLR
 * 11, 2010. Its cost grows with the number of different cluster sizes.
 *
 * @param first The cluster of each of N points, any integers; or their classes.
 * @param second The same of the other assignment.
 * @throws RangeError if lengths differ, there are no points, or a cluster is no integer.
 *
 * @example
 * ```ts
 * adjustedMutualInformation([0, 0, 1, 1], [7, 7, 3, 3]); // 1
 * adjustedMutualInformation([0, 0, 1, 1], [0, 1, 0, 1]); // -0.5: less than chance
 * ```
 */
export function adjustedMutualInformation(first: ArrayLike<number>, second: ArrayLike<number>): number {
  return amiOf(contingencyTable(first, second));
}
