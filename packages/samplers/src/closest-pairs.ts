/** The most similar of all pairs that were offered. */
export interface ClosestPairs {
  /** How many are held: at least the most similar ones, at most twice as many. */
  readonly count: number;
  /** A pair whose cosine is below is none of the most similar ones: −∞ until there are enough. */
  readonly least: number;
  offer(i: number, j: number, cosine: number): void;
  /** Gives the most similar ones in the order of i, then j. */
  forEach(visit: (i: number, j: number, cosine: number) => void): void;
}

/** Keeps the `target` most similar of the pairs of `n` images that it is offered; of equal ones the first by i, then j. */
export function createClosestPairs(target: number, n: number): ClosestPairs {
  const most = 2 * target;
  // A pair as the number i·n + j, by which pairs are in order.
  let keys = new Float64Array(Math.min(most, 64));
  let cosines = new Float64Array(keys.length);
  let count = 0;
  let least = Number.NEGATIVE_INFINITY;

  function grow(): void {
    const [shorterKeys, shorter] = [keys, cosines];
    keys = new Float64Array(Math.min(2 * count, most));
    cosines = new Float64Array(keys.length);
    keys.set(shorterKeys);
    cosines.set(shorter);
  }
  /** Leaves the most similar ones. */
  function select(): void {
    if (count <= target) return;
    least = cosines.slice(0, count).sort()[count - target]!;
    let above = 0;
    for (let at = 0; at < count; at++) if (cosines[at]! > least) above++;
    const level = keys.subarray(0, count).filter((_, at) => cosines[at] === least);
    const last = level.sort()[target - above - 1]!;
    let kept = 0;
    for (let at = 0; at < count; at++) {
      if (cosines[at]! < least || (cosines[at] === least && keys[at]! > last)) continue;
      keys[kept] = keys[at]!;
      cosines[kept++] = cosines[at]!;
    }
    count = kept;
  }
  return {
    get count() {
      return count;
    },
    get least() {
      return least;
    },
    offer(i, j, cosine) {
      if (cosine < least) return;
      if (count === most) select();
      if (count === keys.length) grow();
      keys[count] = i * n + j;
      cosines[count++] = cosine;
    },
    forEach(visit) {
      select();
      const order = Uint32Array.from({ length: count }, (_, at) => at).sort((a, b) => keys[a]! - keys[b]!);
      for (const at of order) visit(Math.floor(keys[at]! / n), keys[at]! % n, cosines[at]!);
    },
  };
}
