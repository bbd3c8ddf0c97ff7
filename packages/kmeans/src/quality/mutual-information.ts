import type { ContingencyTable } from './contingency-table.js';

/** The entropy of cluster sizes that add up to `points`, −Σ p ln p, in nats. */
export function entropyOf(sizes: readonly number[], points: number): number {
  let entropy = 0;
  for (const size of sizes) entropy -= (size / points) * Math.log(size / points);
  return Math.max(0, entropy);
}

/** What one assignment says about the other, Σ p(i, j) ln(p(i, j) / (p(i) p(j))), in nats, at least 0. */
export function mutualInformation({ points, rows, columns, cells }: ContingencyTable): number {
  let information = 0;
  for (const { row, column, count } of cells) {
    // One division for each factor: a product of two sizes may be too large to be exact.
    information += (count / points) * Math.log((count / rows[row]!) * (points / columns[column]!));
  }
  return Math.max(0, information);
}

/** How often each value occurs. */
function multiplicities(sizes: readonly number[]): [number, number][] {
  const times = new Map<number, number>();
  for (const size of sizes) times.set(size, (times.get(size) ?? 0) + 1);
  return [...times];
}

/** Shares below this change no digit of a mean. */
const NEGLIGIBLE = 1e-30;

/**
 * The mean of (x / n) ln(n x / (a b)) over the number x of points that a cluster of a and one of b among n points have in
 * common by chance: a hypergeometric distribution, walked from its peak both ways by the ratio of neighbouring
 * probabilities, so that no factorial is needed.
 */
function meanInformation(a: number, b: number, n: number): number {
  const least = Math.max(0, a + b - n);
  const most = Math.min(a, b);
  const peak = Math.min(most, Math.max(least, Math.floor(((a + 1) * (b + 1)) / (n + 2))));
  const information = (x: number) => (x === 0 ? 0 : (x / n) * Math.log((x / a) * (n / b)));
  let weights = 1;
  let sum = information(peak);
  for (let x = peak, weight = 1; x < most && weight > NEGLIGIBLE; ) {
    weight *= ((a - x) / (x + 1)) * ((b - x) / (n - a - b + x + 1));
    weights += weight;
    sum += weight * information(++x);
  }
  for (let x = peak, weight = 1; x > least && weight > NEGLIGIBLE; ) {
    weight *= (x / (a - x + 1)) * ((n - a - b + x) / (b - x + 1));
    weights += weight;
    sum += weight * information(--x);
  }
  return sum / weights;
}

/**
 * The mutual information that assignments of these cluster sizes have on average if the points are dealt at random.
 *
 * N. X. Vinh, J. Epps, J. Bailey, "Information Theoretic Measures for Clusterings Comparison", JMLR 11, 2010, eq. 24;
 * clusters of equal size are computed once.
 */
export function expectedMutualInformation({ points, rows, columns }: ContingencyTable): number {
  const columnSizes = multiplicities(columns);
  let expected = 0;
  for (const [a, timesA] of multiplicities(rows)) {
    for (const [b, timesB] of columnSizes) expected += timesA * timesB * meanInformation(a, b, points);
  }
  return expected;
}
