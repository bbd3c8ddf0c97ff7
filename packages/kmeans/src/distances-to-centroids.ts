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
    const point = i * width;
    const centroid = assignments[i]! * width;
    let sum = 0;
    for (let j = 0; j < width; j++) {
      const value = points[point + j]!;
      const other = centroids[centroid + j]!;
      sum += spherical ? value * other : (value - other) * (value - other);
    }
    distances[i] = sum;
  }
  return distances;
}
