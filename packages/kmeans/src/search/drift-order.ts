/** Levels are shares of the centroids, in this many steps. */
export const LEVELS = 64;

/** Steps in which thresholds of the way are looked up. */
const BINS = 1024;

/** The centroids by how far they moved since the last call. */
export interface DriftOrder {
  /** `[K]`: how far each moved. */
  readonly drift: Float64Array;
  /** The longest way. */
  readonly most: number;
  /** `[K]`: the centroids, the one that moved most first. */
  readonly order: Int32Array;
  /** The least level that covers all centroids that moved by more than `way`. */
  levelOf(way: number): number;
  /** How many centroids of `order` a level covers. */
  covered(level: number): number;
  /** The longest way of a centroid that a level does not cover. */
  beyond(level: number): number;
}

/** Orders centroids, `[K, D]` before and after, by the distance between both. */
export function driftOrder(before: Float32Array, after: Float32Array, k: number): DriftOrder {
  const width = before.length / k;
  const drift = new Float64Array(k);
  for (let c = 0; c < k; c++) {
    let square = 0;
    for (let j = c * width; j < (c + 1) * width; j++) square += (after[j]! - before[j]!) ** 2;
    drift[c] = Math.sqrt(square);
  }
  const order = Int32Array.from(drift.keys()).sort((a, b) => drift[b]! - drift[a]! || a - b);
  const most = drift[order[0]!]!;
  const covered = (level: number) => Math.ceil((level * k) / LEVELS);

  /** Of each bin, the level that covers all that moved by more than its lower end. */
  const levels = new Uint8Array(BINS + 1);
  for (let bin = 0, moved = k; bin <= BINS; bin++) {
    while (moved > 0 && drift[order[moved - 1]!]! <= (bin / BINS) * most) moved--;
    levels[bin] = Math.ceil((moved * LEVELS) / k);
  }
  const ways = Float64Array.from({ length: LEVELS + 1 }, (_, level) => drift[order[covered(level)]!] ?? 0);
  return {
    ...{ drift, most, order, covered },
    levelOf: (way) => levels[way >= most ? BINS : Math.max(0, Math.floor((way / most) * BINS))]!,
    beyond: (level) => ways[level]!,
  };
}
