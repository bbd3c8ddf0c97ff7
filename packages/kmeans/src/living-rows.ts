/** The rows of a level that are alive, ascending; `alive` has 0 or 1 for each. */
export function livingRows(alive: ArrayLike<number>): Int32Array {
  return Int32Array.from(Array.from(alive).keys()).filter((row) => alive[row] !== 0);
}
