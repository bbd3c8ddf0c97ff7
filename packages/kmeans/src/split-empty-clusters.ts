import { mersenneTwister } from './mersenne-twister.js';

const SPLIT_SEED = 1234;
const NUDGE = 1 / 1024;
/** More rounds over the clusters than this to find one that gives are not waited for. */
const MOST_ROUNDS = 16;

/** By how much clusters exceed one point of mass `unit`, all together. */
function excess(masses: Float64Array, unit: number): number {
  let sum = 0;
  for (const mass of masses) sum += Math.max(0, mass / unit - 1);
  return sum;
}

/** Draws the cluster that gives; −1 if none can. */
function drawDonor(masses: Float64Array, n: number, meanWeight: number, draw: () => number): number {
  const k = masses.length;
  const unit = excess(masses, 1) > 0 ? 1 : meanWeight;
  const sum = excess(masses, unit);
  if (!(sum > 0)) return -1;
  const whole = sum * MOST_ROUNDS < n - k ? sum : n - k;
  let donor = 0;
  // Both sides in float32, as in faiss: a draw may round up to 1.
  while (Math.fround(draw() / 2 ** 32) >= Math.fround((masses[donor]! / unit - 1) / whole)) donor = (donor + 1) % k;
  return donor;
}

/**
 * Gives every empty cluster half of another one, as faiss does, and returns how many were filled.
 *
 * For each empty cluster, in rising order, clusters are tried in turn from the first, and cluster j is taken with
 * probability (m_j − 1) / (N − K), m_j being its mass, the weight of its points, and K the clusters that are not frozen.
 * Its centroid is copied; copy and original are pushed apart by a factor 1 ± 1/1024, alternating over the coordinates,
 * and share its mass equally (halves are kept). The draws start anew from the same seed at each call.
 *
 * Where this would not end (faiss does not), the rule is bent: if no mass exceeds 1, masses are divided by the mean
 * weight of a point; if fewer than one round in 16 would find a cluster, the probabilities are scaled to a sum of 1; if
 * no cluster has more than a point's mass even so, those that are empty stay as they are.
 *
 * @param centroids `[K, D]`, row-major; changed in place.
 * @param masses `[K]`: the weight of each cluster's points; changed in place.
 * @param n Number of points.
 * @param frozen The first so many clusters neither give nor take.
 */
export function splitEmptyClusters(centroids: Float32Array, masses: Float64Array, n: number, frozen = 0): number {
  const width = centroids.length / masses.length;
  const rows = centroids.subarray(frozen * width);
  const free = masses.subarray(frozen);
  const meanWeight = masses.reduce((a, b) => a + b, 0) / n;
  const draw = mersenneTwister(SPLIT_SEED);
  let splits = 0;
  for (let empty = 0; empty < free.length; empty++) {
    if (free[empty] !== 0) continue;
    const donor = drawDonor(free, n, meanWeight, draw);
    if (donor < 0) break;
    for (let j = 0; j < width; j++) {
      const value = rows[donor * width + j]!;
      const nudge = j % 2 === 0 ? NUDGE : -NUDGE;
      rows[empty * width + j] = value * (1 + nudge);
      rows[donor * width + j] = value * (1 - nudge);
    }
    free[empty] = free[donor]! / 2;
    free[donor]! -= free[empty]!;
    splits++;
  }
  return splits;
}
