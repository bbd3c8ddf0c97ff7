/** A curve that takes points without end and keeps few: see {@link thinCurve}. */
export interface ThinCurve {
  /** A point after all others; one that is not finite, or not after them, is left out. */
  add(x: number, y: number): void;
  points(): { readonly x: number[]; readonly y: number[] };
}

type Point = readonly [x: number, y: number];

/** What is kept of neighbouring points, in the order of x. */
interface Bucket {
  first: Point;
  lowest: Point;
  highest: Point;
  last: Point;
  /** How many points it stands for. */
  count: number;
}

/** How many different points a bucket keeps. */
function sizeOf({ first, lowest, highest, last }: Bucket): number {
  let size = 1;
  if (lowest !== first) size++;
  if (highest !== first && highest !== lowest) size++;
  if (last !== first && last !== lowest && last !== highest) size++;
  return size;
}

function merged(a: Bucket, b: Bucket): Bucket {
  return {
    first: a.first,
    lowest: b.lowest[1] < a.lowest[1] ? b.lowest : a.lowest,
    highest: b.highest[1] > a.highest[1] ? b.highest : a.highest,
    last: b.last,
    count: a.count + b.count,
  };
}

/**
 * Keeps of a curve what a plot of it can show, in memory that does not grow: of every stretch of points the first, the
 * lowest, the highest and the last, so that no peak is lost. Stretches become longer as points come; up to `most` points
 * all are kept.
 *
 * @param most How many points are kept at most, at least 8.
 *
 * @example
 * ```ts
 * const curve = thinCurve(2000);
 * for (const { step, loss } of records) curve.add(step, loss);
 * const { x, y } = curve.points();
 * ```
 */
export function thinCurve(most: number): ThinCurve {
  let buckets: Bucket[] = [];
  let capacity = 1;
  let kept = 0;
  const halve = () => {
    const pairs: Bucket[] = [];
    for (let i = 0; i < buckets.length; i += 2) {
      pairs.push(buckets[i + 1] ? merged(buckets[i]!, buckets[i + 1]!) : buckets[i]!);
    }
    buckets = pairs;
    capacity *= 2;
    kept = buckets.reduce((sum, bucket) => sum + sizeOf(bucket), 0);
  };
  return {
    add(x, y) {
      const end = buckets.at(-1);
      if (!Number.isFinite(x) || !Number.isFinite(y) || (end && x < end.last[0])) return;
      const point: Point = [x, y];
      const one: Bucket = { first: point, lowest: point, highest: point, last: point, count: 1 };
      if (end && end.count < capacity) {
        const grown = merged(end, one);
        kept += sizeOf(grown) - sizeOf(end);
        buckets[buckets.length - 1] = grown;
      } else {
        buckets.push(one);
        kept++;
      }
      while (kept > most) halve();
    },
    points() {
      const all = buckets.flatMap(({ first, lowest, highest, last }) =>
        [...new Set([first, lowest, highest, last])].sort((a, b) => a[0] - b[0]),
      );
      return { x: all.map(([x]) => x), y: all.map(([, y]) => y) };
    },
  };
}
