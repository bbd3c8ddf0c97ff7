import { purity } from './purity.js';

/**
 * How pure each level of a tree is, finest first; see {@link purity}. Levels need not be nested.
 *
 * @param levels The assignments of each level, `[N]` each, any integers, finest first.
 * @param labels `[N]`: the class of each point, any integers.
 * @throws RangeError if there are no levels, lengths differ, or a cluster or class is no integer.
 *
 * @example
 * ```ts
 * treePurity([[0, 0, 1, 1], [0, 0, 0, 0]], [5, 5, 6, 6]); // [1, 0.5]
 * ```
 */
export function treePurity(levels: readonly ArrayLike<number>[], labels: ArrayLike<number>): number[] {
  if (levels.length === 0) throw new RangeError('Cannot weigh a tree of 0 levels: give at least 1');
  return levels.map((level) => purity(level, labels));
}
