/** Pairs (i, j) one after the other, in memory that grows with them and is used again. */
export interface PairBuffer {
  readonly count: number;
  push(i: number, j: number): void;
  clear(): void;
  /** `[2P]`, valid until the next pair comes. */
  pairs(): Int32Array;
}

export function createPairBuffer(): PairBuffer {
  let pairs = new Int32Array(2048);
  let end = 0;
  return {
    get count() {
      return end / 2;
    },
    push(i, j) {
      if (end === pairs.length) {
        const shorter = pairs;
        pairs = new Int32Array(2 * end);
        pairs.set(shorter);
      }
      pairs[end++] = i;
      pairs[end++] = j;
    },
    clear() {
      end = 0;
    },
    pairs: () => pairs.subarray(0, end),
  };
}
