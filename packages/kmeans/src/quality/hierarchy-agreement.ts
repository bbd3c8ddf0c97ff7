import { type ClusteringAgreement, clusteringAgreement } from './clustering-agreement.js';

/**
 * How far two hierarchies of the same points agree, level by level: for example this epoch's and the last one's.
 *
 * @param first The assignments of each level, `[N]` each, finest first.
 * @param second The same of the other hierarchy, with as many levels.
 * @throws RangeError if there are no levels, or not as many, or two levels cannot be compared.
 *
 * @example
 * ```ts
 * const read = ({ levels }: Hierarchy) => Promise.all(levels.map(({ assignments }) => assignments.data()));
 * const agreement = hierarchyAgreement(await read(hierarchy), await read(lastHierarchy));
 * agreement[0]?.adjustedMutualInformation; // of the finest level
 * ```
 */
export function hierarchyAgreement(
  first: readonly ArrayLike<number>[],
  second: readonly ArrayLike<number>[],
): ClusteringAgreement[] {
  if (first.length === 0 || first.length !== second.length) {
    throw new RangeError(
      `Cannot compare a hierarchy of ${first.length} levels with one of ${second.length}: give as many levels, at least 1`,
    );
  }
  return first.map((level, l) => clusteringAgreement(level, second[l]!));
}
