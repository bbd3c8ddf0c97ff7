/** Places in buckets, one bucket after the other. */
export interface Buckets {
  /** The places in buckets `from` to `to` − 1, bucket by bucket; in one bucket without `to`. */
  of(from: number, to?: number): Int32Array;
}

/** Sorts the places of `bucketOf`, rising, into `count` buckets: each place into the one it holds. */
export function groupPoints(bucketOf: Uint8Array | Int32Array, count: number): Buckets {
  const ends = new Int32Array(count + 1);
  for (let place = 0; place < bucketOf.length; place++) ends[bucketOf[place]! + 1]!++;
  for (let b = 0; b < count; b++) ends[b + 1]! += ends[b]!;
  const next = ends.slice();
  const places = new Int32Array(bucketOf.length);
  for (let place = 0; place < bucketOf.length; place++) places[next[bucketOf[place]!]!++] = place;
  return { of: (from, to = from + 1) => places.subarray(ends[from]!, ends[to]!) };
}
