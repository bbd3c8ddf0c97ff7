/**
 * The width D of points that an assignment belongs to: `values` are `[N, D]` row-major, N is the assignment's length.
 *
 * @throws RangeError if there are no points, or their numbers are no whole rows.
 */
export function rowWidth(values: ArrayLike<number>, assignments: ArrayLike<number>): number {
  const width = values.length / assignments.length;
  if (!(Number.isInteger(width) && width > 0)) {
    throw new RangeError(
      `Cannot read ${values.length} numbers as ${assignments.length} points: give as many rows as assignments, at least 1`,
    );
  }
  return width;
}
