/** Below this length a row is zero; PyTorch's `normalize` divides by no less. */
const ZERO = 1e-12;

/**
 * Scales rows to length 1, in place; zero rows stay.
 *
 * @returns The zero rows, and those with a value that is not finite.
 */
export function unitRows(values: Float32Array, width: number): { zero: number[]; notFinite: number[] } {
  const zero: number[] = [];
  const notFinite: number[] = [];
  for (let row = 0, start = 0; start < values.length; row++, start += width) {
    let square = 0;
    for (let at = start; at < start + width; at++) square += values[at]! * values[at]!;
    const length = Math.sqrt(square);
    if (!Number.isFinite(length)) notFinite.push(row);
    else if (length < ZERO) zero.push(row);
    else for (let at = start; at < start + width; at++) values[at] = values[at]! / length;
  }
  return { zero, notFinite };
}
