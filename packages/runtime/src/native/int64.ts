/** Integers, at most 2^53 in size, as the int64 array C reads. */
export function toInt64(values: readonly number[]): Int32Array {
  const words = new Int32Array(2 * values.length);
  for (let i = 0; i < values.length; i++) {
    words[2 * i] = values[i]!;
    words[2 * i + 1] = Math.floor(values[i]! / 2 ** 32);
  }
  return words;
}

/** The `index`-th of the addresses C has written. */
export function pointerAt(words: Uint32Array, index: number): number {
  return words[2 * index]! + words[2 * index + 1]! * 2 ** 32;
}
