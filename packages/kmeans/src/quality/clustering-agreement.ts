import { amiOf } from './adjusted-mutual-information.js';
import { ariOf } from './adjusted-rand-index.js';
import { contingencyTable } from './contingency-table.js';
import { nmiOf } from './normalized-mutual-information.js';

/** How far two assignments agree; each is 1 if they are the same. */
export interface ClusteringAgreement {
  /** See {@link normalizedMutualInformation}. */
  readonly normalizedMutualInformation: number;
  /** See {@link adjustedMutualInformation}. */
  readonly adjustedMutualInformation: number;
  /** See {@link adjustedRandIndex}. */
  readonly adjustedRandIndex: number;
}

/**
 * The three figures of how far two assignments of the same points agree, counted once.
 *
 * @param first The cluster of each of N points, any integers; or their classes.
 * @param second The same of the other assignment.
 * @throws RangeError if lengths differ, there are no points, or a cluster is no integer.
 *
 * @example
 * ```ts
 * clusteringAgreement([0, 0, 1, 1], [7, 7, 3, 3]).adjustedRandIndex; // 1
 * ```
 */
export function clusteringAgreement(first: ArrayLike<number>, second: ArrayLike<number>): ClusteringAgreement {
  const table = contingencyTable(first, second);
  return {
    normalizedMutualInformation: nmiOf(table),
    adjustedMutualInformation: amiOf(table),
    adjustedRandIndex: ariOf(table),
  };
}
