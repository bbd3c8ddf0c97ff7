/** The most similar of all pairs that were offered. */
export interface ClosestPairs {
  /** The least cosine that may still be among the most similar ones: −∞ until there are enough. */
  readonly least: number;
  /** Offers a pair; false if it is none of the most similar ones. */
  offer(i: number, j: number, cosine: number): boolean;
  /** Visits the most similar pairs; those of an image i in the order in which they were offered. */
  forEach(visit: (i: number, j: number, cosine: number) => void): void;
}

/** Pairs to be held beyond twice as many as are wanted, so that few are not sorted again and again. */
const ROOM = 4096;

/** Keeps the `target` most similar of the pairs of `n` images that it is offered; of equal ones the first by i, then j. */
export function createClosestPairs(target: number, n: number): ClosestPairs {
  const most = 2 * target + ROOM;
  // A pair as the number i·n + j, by which pairs are in order.
  let keys = new Float64Array(64);
  let cosines = new Float64Array(64);
  let count = 0;
  let least = Number.NEGATIVE_INFINITY;

  function longer(values: Float64Array): Float64Array<ArrayBuffer> {
    const copy = new Float64Array(Math.min(2 * count, most));
    copy.set(values);
    return copy;
  }
  /** Leaves the most similar pairs. */
  function settle(): void {
    if (count <= target) return;
    least = cosines.slice(0, count).sort()[count - target]!;
    const ties = keys.subarray(0, count).filter((_, at) => cosines[at] === least);
    const above = cosines.subarray(0, count).filter((cosine) => cosine > least).length;
    const lastTie = ties.sort()[target - above - 1]!;
    let kept = 0;
    for (let at = 0; at < count; at++) {
      if (cosines[at]! < least || (cosines[at] === least && keys[at]! > lastTie)) continue;
      keys[kept] = keys[at]!;
      cosines[kept++] = cosines[at]!;
    }
    count = kept;
  }
  return {
    get least() {
      return least;
    },
    offer(i, j, cosine) {
      if (cosine < least) return false;
      if (count === most) settle();
      if (count === keys.length) [keys, cosines] = [longer(keys), longer(cosines)];
      keys[count] = i * n + j;
      cosines[count++] = cosine;
      return true;
    },
    forEach(visit) {
      settle();
      for (let at = 0; at < count; at++) visit(Math.floor(keys[at]! / n), keys[at]! % n, cosines[at]!);
    },
  };
}
