/** How many points each pair of clusters has in common, one assignment's clusters as rows, the other's as columns. */
export interface ContingencyTable {
  /** The number of points, N. */
  readonly points: number;
  /** Points of each cluster of the first assignment, none of them 0. */
  readonly rows: readonly number[];
  /** Points of each cluster of the second assignment, none of them 0. */
  readonly columns: readonly number[];
  /** The pairs of clusters that have points in common; there may be far fewer than rows × columns. */
  readonly cells: readonly { readonly row: number; readonly column: number; readonly count: number }[];
}

/** Throws a RangeError unless both name a cluster for each of at least one point; `first` and `second` word the errors. */
function requireSamePoints(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  [firstName, secondName]: readonly [string, string] = ['the first assignment', 'the second'],
): void {
  if (first.length === 0 || first.length !== second.length) {
    throw new RangeError(
      `Cannot compare ${first.length} points of ${firstName} with ${second.length} of ${secondName}: give the same points to both, at least 1`,
    );
  }
}

/** Gives the clusters that occur the numbers 0, 1, … in order of appearance, and counts their points. */
function numbered(assignments: ArrayLike<number>): { places: Int32Array; counts: number[] } {
  const placeOf = new Map<number, number>();
  const places = new Int32Array(assignments.length);
  const counts: number[] = [];
  for (let i = 0; i < assignments.length; i++) {
    const cluster = assignments[i]!;
    if (!Number.isSafeInteger(cluster)) {
      throw new RangeError(`A cluster or class must be an integer, got ${cluster} for point ${i}`);
    }
    let place = placeOf.get(cluster);
    if (place === undefined) {
      place = counts.length;
      placeOf.set(cluster, place);
      counts.push(0);
    }
    places[i] = place;
    counts[place]!++;
  }
  return { places, counts };
}

/**
 * Counts the points that two assignments put into each pair of clusters; every figure of agreement is computed from it.
 *
 * @param names What the errors call the two.
 * @throws RangeError if they are not of the same length, are empty, or name a cluster by something else than an integer.
 */
export function contingencyTable(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  names?: readonly [string, string],
): ContingencyTable {
  requireSamePoints(first, second, names);
  const rows = numbered(first);
  const columns = numbered(second);
  const counts = new Map<number, number>();
  const width = columns.counts.length;
  for (let i = 0; i < first.length; i++) {
    const cell = rows.places[i]! * width + columns.places[i]!;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  return {
    points: first.length,
    rows: rows.counts,
    columns: columns.counts,
    cells: Array.from(counts, ([cell, count]) => ({ row: Math.floor(cell / width), column: cell % width, count })),
  };
}

/** Are the two assignments the same but for the names of the clusters? */
export function sameClusters({ rows, columns, cells }: ContingencyTable): boolean {
  return cells.length === rows.length && cells.length === columns.length;
}
