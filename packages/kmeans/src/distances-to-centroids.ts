/** Squared distance of a row to another, in float64; four at a time, as in row-sums.ts. */
function squaredDistance(a: Float32Array, at: number, b: Float32Array, to: number, width: number): number {
  let [first, second, third, fourth] = [0, 0, 0, 0];
  let j = 0;
  for (; j + 3 < width; j += 4) {
    const [p, q] = [a[at + j]! - b[to + j]!, a[at + j + 1]! - b[to + j + 1]!];
    const [r, s] = [a[at + j + 2]! - b[to + j + 2]!, a[at + j + 3]! - b[to + j + 3]!];
    first += p * p;
    second += q * q;
    third += r * r;
    fourth += s * s;
  }
  for (; j < width; j++) first += (a[at + j]! - b[to + j]!) ** 2;
  return first + second + (third + fourth);
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
