import { mersenneTwister } from './mersenne-twister.js';

const SPLIT_SEED = 1234;
const NUDGE = 1 / 1024;

/**
 * Gives every empty cluster half of another one, as faiss does, and returns how many were empty.
 *
 * For each empty cluster, in rising order, clusters are tried in turn from the first, and cluster j is taken with
 * probability (n_j − 1) / (N − K). Its centroid is copied; copy and original are pushed apart by a factor 1 ± 1/1024,
 * alternating over the coordinates, and share its count equally (halves are kept). The draws start anew from the same
 * seed at each call.
 *
 * @param centroids `[K, D]`, row-major; changed in place.
 * @param counts Points of each cluster; changed in place.
 * @param n Number of points, more than K.
 */
export function splitEmptyClusters(centroids: Float32Array, counts: Float64Array, n: number): number {
  const k = counts.length;
  const width = centroids.length / k;
  const draw = mersenneTwister(SPLIT_SEED);
  let splits = 0;
  for (let empty = 0; empty < k; empty++) {
    if (counts[empty] !== 0) continue;
    let donor = 0;
    // Both sides in float32, as in faiss: a draw may round up to 1.
    while (Math.fround(draw() / 2 ** 32) >= Math.fround((counts[donor]! - 1) / (n - k))) donor = (donor + 1) % k;
    for (let j = 0; j < width; j++) {
      const value = centroids[donor * width + j]!;
      const nudge = j % 2 === 0 ? NUDGE : -NUDGE;
      centroids[empty * width + j] = value * (1 + nudge);
      centroids[donor * width + j] = value * (1 - nudge);
    }
    counts[empty] = counts[donor]! / 2;
    counts[donor]! -= counts[empty]!;
    splits++;
  }
  return splits;
}
