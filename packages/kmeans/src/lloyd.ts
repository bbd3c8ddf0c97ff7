import { normalizeRows } from './normalize-rows.js';
import type { Pass, Passes } from './passes.js';
import { splitEmptyClusters } from './split-empty-clusters.js';

/** What one iteration of k-means did; the argument of `onIteration`. */
export interface KMeansIteration {
  /** The run, from 0. */
  readonly restart: number;
  /** The iteration within the run, from 0. */
  readonly iteration: number;
  /** Sum of squared distances (`spherical`: of inner products) of the training points to the centroids before the update. */
  readonly objective: number;
  /** Empty clusters that were filled by splitting others. */
  readonly splits: number;
}

/** The outcome of one run. */
export interface Run {
  /** `[K, D]`, row-major. */
  readonly centroids: Float32Array;
  readonly objective: number[];
  readonly splits: number[];
}

/** How a run goes. */
export interface RunOptions {
  readonly spherical: boolean;
  /** Number and width of the points. */
  readonly n: number;
  readonly width: number;
  readonly iterations: number;
  readonly report: (iteration: number, objective: number, splits: number) => void;
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

/** The mean of each cluster's points; zeros for an empty cluster. */
function clusterMeans({ sums, masses }: Pass) {
  const width = sums.length / masses.length;
  const means = new Float32Array(sums.length);
  for (let j = 0; j < means.length; j++) means[j] = sums[j]! / (masses[Math.floor(j / width)]! || 1);
  return { means, counts: Float64Array.from(masses) };
}

/**
 * One run of Lloyd's algorithm from given centroids, updated on the host in float64.
 *
 * Once no point changes its cluster, every further iteration would repeat the last one bit for bit, so that its figures
 * are repeated instead.
 */
export async function lloyd(passes: Passes, start: Float32Array, options: RunOptions): Promise<Run> {
  const { spherical, iterations, n, width, report } = options;
  const run = { centroids: start, objective: [] as number[], splits: [] as number[] };
  if (spherical) run.centroids = normalizeRows(Float32Array.from(start), width);
  let settled = false;
  let objective = 0;
  let splits = 0;

  for (let iteration = 0; iteration < iterations; iteration++) {
    if (!settled) {
      const pass = await passes.pass(run.centroids);
      objective = pass.objective;
      settled = pass.changed === 0;
      if (!settled) {
        const { means, counts } = clusterMeans(pass);
        splits = splitEmptyClusters(means, counts, n);
        run.centroids = spherical ? normalizeRows(means, width) : means;
      }
    }
    run.objective.push(objective);
    run.splits.push(splits);
    report(iteration, objective, splits);
  }
  return run;
}
