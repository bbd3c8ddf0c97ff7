/** The most similar of all pairs that were offered. */
export interface ClosestPairs {
  /** The least similarity that may still be among the most similar ones: −∞ until there are enough. */
  readonly least: number;
  /** Offers a pair whose similarity may be off by `rounding`. */
  offer(i: number, j: number, similarity: number): void;
  /** Visits the most similar pairs with their cosines; those of an image i in the order in which they were offered. */
  forEach(visit: (i: number, j: number, cosine: number) => void): void;
}

/** Pairs to be held beyond twice as many as are wanted, so that few are not sorted again and again. */
const ROOM = 4096;

/**
 * Keeps the `target` most similar of the pairs of `n` images that it is offered; of equal ones the first by i, then j.
 *
 * It holds up to 2 · target pairs. Those that are too far from the best are dropped by the similarities as they were offered;
 * where rounding leaves too many, and in the end, `cosine` decides.
 */
export function createClosestPairs(
  target: number,
  n: number,
  rounding: number,
  cosine: (i: number, j: number) => number,
): ClosestPairs {
  const most = 2 * target + ROOM;
  // A pair as the number i·n + j, by which pairs are in order.
  let keys = new Float64Array(64);
  let values = new Float64Array(64);
  let exact = new Uint8Array(64);
  let count = 0;
  let least = Number.NEGATIVE_INFINITY;

  function grow(): void {
    const length = Math.min(2 * count, most);
    const longer = <T extends Float64Array | Uint8Array>(to: T, from: T) => {
      to.set(from);
      return to;
    };
    keys = longer(new Float64Array(length), keys);
    values = longer(new Float64Array(length), values);
    exact = longer(new Uint8Array(length), exact);
  }
  /** Leaves the pairs for which `keep` holds. */
  function filter(keep: (at: number) => boolean): void {
    let kept = 0;
    for (let at = 0; at < count; at++) {
      if (!keep(at)) continue;
      keys[kept] = keys[at]!;
      values[kept] = values[at]!;
      exact[kept++] = exact[at]!;
    }
    count = kept;
  }
  /** The least of the `target` largest values. */
  const edge = () => values.slice(0, count).sort()[count - target]!;

  /** Drops pairs that are not among the most similar ones, whatever was rounded. */
  function drop(): void {
    least = Math.max(least, edge() - 2 * rounding);
    filter((at) => values[at]! >= least);
  }
  /** Leaves exactly the most similar pairs. */
  function settle(): void {
    for (let at = 0; at < count; at++) {
      if (exact[at]) continue;
      values[at] = cosine(Math.floor(keys[at]! / n), keys[at]! % n);
      exact[at] = 1;
    }
    if (count <= target) return;
    const lowest = edge();
    const ties = keys.subarray(0, count).filter((_, at) => values[at] === lowest);
    const above = values.subarray(0, count).filter((value) => value > lowest).length;
    const lastTie = ties.sort()[target - above - 1]!;
    filter((at) => values[at]! > lowest || (values[at] === lowest && keys[at]! <= lastTie));
    least = Math.max(least, lowest - rounding);
  }
  return {
    get least() {
      return least;
    },
    offer(i, j, similarity) {
      if (similarity < least) return;
      if (count === most) {
        drop();
        if (count > (target + most) / 2) settle();
      }
      if (count === keys.length) grow();
      keys[count] = i * n + j;
      values[count] = similarity;
      exact[count++] = 0;
    },
    forEach(visit) {
      settle();
      for (let at = 0; at < count; at++) visit(Math.floor(keys[at]! / n), keys[at]! % n, values[at]!);
    },
  };
}
