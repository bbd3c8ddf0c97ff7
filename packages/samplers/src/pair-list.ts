/** Pairs of images with their similarities, that grow one by one. */
export interface PairList {
  readonly count: number;
  push(i: number, j: number, similarity: number): void;
  /** `[2P]`. */
  pairs(): Int32Array;
  /** `[P]`. */
  similarities(): Float32Array;
  /** The pairs by i; those of an image i of the `n` as they came. */
  byFirst(n: number): { pairs: Int32Array; similarities: Float32Array };
}

export function createPairList(): PairList {
  let pairs = new Int32Array(128);
  let similarities = new Float32Array(64);
  let count = 0;
  return {
    get count() {
      return count;
    },
    push(i, j, similarity) {
      if (count === similarities.length) {
        const [shorterPairs, shorter] = [pairs, similarities];
        pairs = new Int32Array(4 * count);
        similarities = new Float32Array(2 * count);
        pairs.set(shorterPairs);
        similarities.set(shorter);
      }
      pairs[2 * count] = i;
      pairs[2 * count + 1] = j;
      similarities[count] = similarity;
      count++;
    },
    pairs: () => pairs.slice(0, 2 * count),
    similarities: () => similarities.slice(0, count),
    byFirst(n) {
      // Where the next pair of an image goes.
      const next = new Uint32Array(n + 1);
      for (let p = 0; p < count; p++) next[pairs[2 * p]! + 1]!++;
      for (let i = 1; i < n; i++) next[i]! += next[i - 1]!;
      const sorted = { pairs: new Int32Array(2 * count), similarities: new Float32Array(count) };
      for (let p = 0; p < count; p++) {
        const at = next[pairs[2 * p]!]!++;
        sorted.pairs[2 * at] = pairs[2 * p]!;
        sorted.pairs[2 * at + 1] = pairs[2 * p + 1]!;
        sorted.similarities[at] = similarities[p]!;
      }
      return sorted;
    },
  };
}
