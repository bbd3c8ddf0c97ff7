/** Pairs of images with their similarities, that grow one by one. */
export interface PairList {
  readonly count: number;
  push(i: number, j: number, similarity: number): void;
  /** `[2P]`. */
  pairs(): Int32Array;
  /** `[P]`. */
  similarities(): Float32Array;
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
  };
}
