/** Squared distance of a row to another, in float64; four at a time, as in row-sums.ts. */
export function squaredDistance(a: Float32Array, at: number, b: Float32Array, to: number, width: number): number {
  let even = 0;
  let odd = 0;
  let j = 0;
  for (; j + 3 < width; j += 4) {
    const p = a[at + j]! - b[to + j]!;
    const q = a[at + j + 1]! - b[to + j + 1]!;
    const r = a[at + j + 2]! - b[to + j + 2]!;
    const s = a[at + j + 3]! - b[to + j + 3]!;
    even += p * p + r * r;
    odd += q * q + s * s;
  }
  for (; j < width; j++) even += (a[at + j]! - b[to + j]!) ** 2;
  return even + odd;
}

/** The inner product of two rows, in float64. */
function innerProduct(a: Float32Array, at: number, b: Float32Array, to: number, width: number): number {
  let sum = 0;
  for (let j = 0; j < width; j++) sum += a[at + j]! * b[to + j]!;
  return sum;
}

/** Squared distance of each point to its centroid, or their inner product, in float64. */
export function distancesToCentroids(
  points: Float32Array,
  centroids: Float32Array,
  assignments: Int32Array,
  spherical: boolean,
): Float64Array {
  const width = points.length / assignments.length;
  const distances = new Float64Array(assignments.length);
  for (let i = 0; i < assignments.length; i++) {
    const to = assignments[i]! * width;
    distances[i] = spherical
      ? innerProduct(points, i * width, centroids, to, width)
      : squaredDistance(points, i * width, centroids, to, width);
  }
  return distances;
}
