import { splitEmptyClusters } from './split-empty-clusters.js';

/** Points, or centroids, row-major. */
export interface Rows {
  readonly values: Float32Array;
  readonly width: number;
}

/** The relative error of one float32 operation. */
const UNIT = 2 ** -24;
/** Below this, float32 numbers lose digits, and some devices flush them to 0. */
const TINY = 2 ** -120;

export const countOf = ({ values, width }: Rows) => values.length / width;

/** Lengths of rows, with something taken off them. */
function lengths({ values, width }: Rows, shift: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: values.length / width }, (_, i) => {
    let square = 0;
    for (let j = 0; j < width; j++) square += (values[i * width + j]! - shift[j]!) ** 2;
    return Math.sqrt(square);
  });
}

function mean({ values, width }: Rows): Float32Array {
  const sums = new Float64Array(width);
  for (let i = 0; i < values.length; i++) sums[i % width]! += values[i]!;
  return Float32Array.from(sums, (sum) => (sum * width) / values.length);
}

/**
 * How far float32 may be off in comparing points with centroids.
 *
 * A score 2(x − μ)·(c − μ) − ‖c − μ‖² is a sum of D + 1 products. Whatever the order of the sum, it is off by at most
 * (D + 1) units of (‖x − μ‖ + ‖c − μ‖)², the rounding of x − μ, c − μ and ‖c − μ‖² by three more; a score x · c by
 * units of ‖x‖ ‖c‖. Doubled, for bounds that are kept from pass to pass.
 */
export function roundingOf(points: Rows, centroids: Rows, spherical: boolean) {
  const { width } = points;
  const shift = spherical ? new Float32Array(width) : mean(points);
  const [xs, cs] = [lengths(points, shift), lengths(centroids, shift)];
  const most = cs.reduce((a, b) => Math.max(a, b), 0);
  const error = (x: number, c: number) => 2 * (width + 4) * UNIT * (spherical ? x * c : (x + c) ** 2) + TINY;
  return {
    /** Of the difference between the distances of point i to centroids a and b. */
    between: (i: number, a: number, b: number) => error(xs[i]!, cs[a]!) + error(xs[i]!, cs[b]!),
    /** The same, of any two centroids. */
    most: (i: number) => 2 * error(xs[i]!, most),
  };
}

/** The squared distance of point i to centroid c; the negated inner product if `spherical`. */
export function costOf(points: Rows, i: number, centroids: Rows, c: number, spherical: boolean): number {
  const { width } = points;
  let sum = 0;
  for (let j = 0; j < width; j++) {
    const x = points.values[i * width + j]!;
    const y = centroids.values[c * width + j]!;
    sum += spherical ? -x * y : (x - y) * (x - y);
  }
  return sum;
}

/** Rows that differ from all rows before them. */
export function distinctRows({ values, width }: Rows): number[] {
  const seen = new Set<string>();
  return Array.from({ length: values.length / width }, (_, row) => row).filter((row) => {
    const text = values.subarray(row * width, (row + 1) * width).join();
    return !seen.has(text) && seen.add(text);
  });
}

/** The nearest centroid of every point in float64, the first of equal ones, and which other one is next. */
export function slowNearest(points: Rows, centroids: Rows, spherical = false) {
  const { values, width } = points;
  const n = countOf(points);
  const rows = distinctRows(centroids);
  const assignments = new Int32Array(n);
  const costs = new Float64Array(n);
  const next = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let nearest = 0;
    let least = Number.POSITIVE_INFINITY;
    let second = Number.POSITIVE_INFINITY;
    for (const c of rows) {
      let sum = 0;
      if (spherical) {
        for (let j = 0; j < width; j++) sum -= values[i * width + j]! * centroids.values[c * width + j]!;
      } else {
        for (let j = 0; j < width && sum < second; j++) {
          const difference = values[i * width + j]! - centroids.values[c * width + j]!;
          sum += difference * difference;
        }
      }
      if (sum < least) {
        second = least;
        least = sum;
        nearest = c;
      } else if (sum < second) second = sum;
    }
    assignments[i] = nearest;
    costs[i] = least;
    next[i] = second;
  }
  return { assignments, costs, next };
}

/**
 * Textbook k-means in float64, with centroids kept in float32 between iterations.
 *
 * `clear` counts the assignments, from the first, in which no point is so close to a border between two clusters that
 * float32 could put it on either side: so long the answer is the only right one. It is iterations + 1 at most.
 */
export function slowLloyd(points: Rows, start: Rows, iterations: number, spherical = false) {
  const { values, width } = points;
  const [n, k] = [countOf(points), countOf(start)];
  let centroids: Rows = { values: Float32Array.from(start.values), width };
  if (spherical) normalize(centroids);
  const objective: number[] = [];
  const splits: number[] = [];
  let clear = 0;
  for (let iteration = 0; ; iteration++) {
    const { assignments, costs, next } = slowNearest(points, centroids, spherical);
    if (clear === iteration && isClear(points, centroids, { costs, next }, spherical)) clear++;
    if (iteration === iterations) return { centroids, objective, splits, assignments, clear };
    const total = costs.reduce((a, b) => a + b, 0);
    objective.push(spherical ? -total : total);
    const counts = new Float64Array(k);
    const sums = new Float64Array(k * width);
    for (let i = 0; i < n; i++) {
      const cluster = assignments[i]!;
      counts[cluster]!++;
      for (let j = 0; j < width; j++) sums[cluster * width + j]! += values[i * width + j]!;
    }
    const means = Float32Array.from(sums, (sum, at) => sum / Math.max(1, counts[Math.floor(at / width)]!));
    centroids = { values: means, width };
    splits.push(splitEmptyClusters(means, counts, n));
    if (spherical) normalize(centroids);
  }
}

function normalize(rows: Rows): void {
  const all = lengths(rows, new Float32Array(rows.width));
  for (let at = 0; at < rows.values.length; at++) rows.values[at]! /= all[Math.floor(at / rows.width)]! || 1;
}

/** Whether another last bit of the centroids and the errors of float32 leave all points where they are. */
function isClear(
  points: Rows,
  centroids: Rows,
  { costs, next }: { costs: Float64Array; next: Float64Array },
  spherical: boolean,
): boolean {
  const rounding = roundingOf(points, centroids, spherical);
  const length = lengths(centroids, new Float32Array(points.width)).reduce((a, b) => Math.max(a, b), 0);
  const xs = lengths(points, new Float32Array(points.width));
  return costs.every((cost, i) => {
    const reach = spherical ? xs[i]! : Math.sqrt(cost) + Math.sqrt(next[i]!);
    return !(next[i]! - cost <= rounding.most(i) + 8 * UNIT * length * reach);
  });
}

/**
 * By how much rounding alone can let the objective rise from one iteration to the next: by what nearly tied points may
 * lose (see {@link roundingOf}), by the rounding of the means to float32, and by the sums in float64.
 */
export function roundingOfObjective(points: Rows, centroids: Rows, spherical: boolean): number {
  const n = countOf(points);
  const rounding = roundingOf(points, centroids, spherical);
  const length = lengths(points, new Float32Array(points.width)).reduce((a, b) => Math.max(a, b), 0);
  let total = n * (2 * UNIT * length) ** (spherical ? 1 : 2) + n * n * points.width * 2 ** -52 * length ** 2;
  for (let i = 0; i < n; i++) total += rounding.most(i);
  return total;
}
