/** Points in buckets, one bucket after the other. */
export interface Buckets {
  /** The points of buckets `from` to `to` − 1, bucket by bucket; of one bucket without `to`. */
  of(from: number, to?: number): Int32Array;
}

/** Sorts points into `count` buckets; `bucketOf` is asked twice for each. */
export function groupPoints(n: number, count: number, bucketOf: (point: number) => number): Buckets {
  const ends = new Int32Array(count + 1);
  for (let point = 0; point < n; point++) ends[bucketOf(point) + 1]!++;
  for (let b = 0; b < count; b++) ends[b + 1]! += ends[b]!;
  const next = ends.slice();
  const points = new Int32Array(n);
  for (let point = 0; point < n; point++) points[next[bucketOf(point)]!++] = point;
  return { of: (from, to = from + 1) => points.subarray(ends[from]!, ends[to]!) };
}
