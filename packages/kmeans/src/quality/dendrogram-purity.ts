import { type ContingencyTable, contingencyTable } from './contingency-table.js';

const pairsOf = (count: number) => (count * (count - 1)) / 2;

/**
 * The cluster of the next level that each cluster of this one is part of, both numbered as tables number them: in order of
 * appearance.
 */
function parentsOf(level: ArrayLike<number>, next: ArrayLike<number>, l: number): Int32Array {
  const { rows, cells } = contingencyTable(level, next, [`level ${l}`, `level ${l + 1}`]);
  if (cells.length !== rows.length) {
    const pieces = new Uint32Array(rows.length);
    for (const { row } of cells) pieces[row]!++;
    const torn = pieces.filter((count) => count > 1).length;
    throw new RangeError(
      `Cannot see a tree in level ${l}, ${torn} of whose ${rows.length} clusters are torn at level ${l + 1}: give levels that follow parents, as treeLevels does`,
    );
  }
  const parents = new Int32Array(rows.length);
  for (const { row, column } of cells) parents[row] = column;
  return parents;
}

/**
 * The purity that the least common ancestor of two points of one class has on average, from 0 to 1.
 *
 * Two points meet in the smallest cluster that has both of them; its purity for them is the share of its points that are of
 * their class. The figure is the mean over all pairs of points of one class, counted, not sampled. Points that no cluster has
 * in common meet in a root above all levels, which has all points. 1 exactly if every class lies within a cluster of its own.
 *
 * K. A. Heller, Z. Ghahramani, "Bayesian hierarchical clustering", ICML 2005; with all pairs alike as in A. Kobren et al., "A
 * hierarchical algorithm for extreme clustering", KDD 2017.
 *
 * @param levels The assignments of each level, `[N]` each, any integers, finest first; a cluster's points share a cluster at the
 *   next level. See {@link treeLevels} for those of a hierarchy.
 * @param labels `[N]`: the class of each point, any integers.
 * @throws RangeError if there are no levels, lengths differ, a cluster is torn at the next level, or no two points are of one
 *   class.
 *
 * @example
 * ```ts
 * dendrogramPurity([[0, 0, 1, 1], [0, 0, 0, 0]], [5, 5, 6, 6]); // 1
 * dendrogramPurity([[0, 1, 0, 1]], [5, 5, 6, 6]); // 0.5: each pair meets in the root only
 * ```
 */
export function dendrogramPurity(levels: readonly ArrayLike<number>[], labels: ArrayLike<number>): number {
  if (levels.length === 0) throw new RangeError('Cannot weigh a tree of 0 levels: give at least 1');
  const root = new Int32Array(labels.length);
  let below: { table: ContingencyTable; parents: Int32Array } | null = null;
  let sum = 0;
  let pairs = 0;
  for (const [l, level] of [...levels, root].entries()) {
    const table = contingencyTable(level, labels, [`level ${l}`, 'the labels']);
    const classes = table.columns.length;
    // Pairs of one class in one cluster of the level below met there, or deeper.
    const met = new Map<number, number>();
    for (const { row, column, count } of below?.table.cells ?? []) {
      const cell = below!.parents[row]! * classes + column;
      met.set(cell, (met.get(cell) ?? 0) + pairsOf(count));
    }
    for (const { row, column, count } of table.cells) {
      const meeting = pairsOf(count) - (met.get(row * classes + column) ?? 0);
      pairs += meeting;
      sum += (meeting * count) / table.rows[row]!;
    }
    if (level !== root) below = { table, parents: parentsOf(level, levels[l + 1] ?? root, l) };
  }
  if (pairs === 0) {
    throw new RangeError(
      `Cannot weigh a tree of ${labels.length} points by their classes: give at least 2 points of one class`,
    );
  }
  return sum / pairs;
}
