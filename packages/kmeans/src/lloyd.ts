import { normalizeRows } from './normalize-rows.js';
import type { Pass, Passes } from './passes.js';
import { imbalanceFactor } from './quality/imbalance-factor.js';
import { splitEmptyClusters } from './split-empty-clusters.js';

/** What one iteration of k-means did; the argument of `onIteration`. */
export interface KMeansIteration {
  /** The run, from 0. */
  readonly restart: number;
  /** The iteration within the run, from 0. */
  readonly iteration: number;
  /**
   * Sum of squared distances (`spherical`: of inner products) of the training points to the centroids before the
   * update, times their weights.
   */
  readonly objective: number;
  /** Empty clusters that were filled by splitting others. */
  readonly splits: number;
  /** How unevenly the points (their weight) were shared among the clusters before any was split: see `imbalanceFactor`. */
  readonly imbalance: number;
  /** Training points that have another centroid than in the iteration before; all of them in the first. */
  readonly changed: number;
  /** Time since the run began, in seconds. */
  readonly seconds: number;
}

/** The outcome of one run. */
export interface Run {
  /** `[K, D]`, row-major. */
  readonly centroids: Float32Array;
  readonly iterations: KMeansIteration[];
}

/** How a run goes. */
export interface RunOptions {
  readonly spherical: boolean;
  /** Number and width of the points. */
  readonly n: number;
  readonly width: number;
  readonly iterations: number;
  /** The run ends once the objective changes by no more than this share of it; 0: never for this. */
  readonly tolerance: number;
  /** The first so many centroids stay as they are. */
  readonly frozen: number;
  /** Number of the run. */
  readonly restart: number;
  /** Called before every iteration that looks at the points. */
  readonly begin: (iteration: number) => void;
  /** Called after every iteration. */
  readonly report?: (iteration: KMeansIteration) => void;
}

/** The mean of each cluster's points; frozen centroids and those of empty clusters as they were. */
function updatedCentroids(centroids: Float32Array, { sums, masses }: Pass, frozen: number): Float32Array {
  const width = sums.length / masses.length;
  const updated = Float32Array.from(centroids);
  for (let cluster = frozen; cluster < masses.length; cluster++) {
    const mass = masses[cluster]!;
    if (mass === 0) continue;
    for (let j = cluster * width; j < (cluster + 1) * width; j++) updated[j] = sums[j]! / mass;
  }
  return updated;
}

/**
 * One run of Lloyd's algorithm from given centroids, updated on the host in float64.
 *
 * Once no point changes its cluster, every further iteration would repeat the last one bit for bit, so that its figures
 * are repeated instead; with a tolerance the run ends there.
 */
export async function lloyd(passes: Passes, start: Float32Array, options: RunOptions): Promise<Run> {
  const { spherical, n, width, iterations, tolerance, frozen, restart, begin, report } = options;
  const began = performance.now();
  const done: KMeansIteration[] = [];
  let centroids: Float32Array = Float32Array.from(start);
  if (spherical) normalizeRows(centroids, width);

  for (let iteration = 0; iteration < iterations; iteration++) {
    const last = done.at(-1);
    let figures: Pick<KMeansIteration, 'objective' | 'splits' | 'imbalance' | 'changed'>;
    if (last?.changed === 0) {
      figures = last;
    } else {
      begin(iteration);
      const pass = await passes.pass(centroids);
      const { objective, changed } = pass;
      const imbalance = imbalanceFactor(pass.masses);
      let splits = last?.splits ?? 0;
      if (changed > 0) {
        centroids = updatedCentroids(centroids, pass, frozen);
        splits = splitEmptyClusters(centroids, Float64Array.from(pass.masses), n, frozen);
        // The frozen ones have their length already: to take it again could move their last digit.
        if (spherical) normalizeRows(centroids.subarray(frozen * width), width);
      }
      figures = { objective, splits, imbalance, changed };
    }
    const { objective, splits, imbalance, changed } = figures;
    const seconds = (performance.now() - began) / 1000;
    done.push({ restart, iteration, objective, splits, imbalance, changed, seconds });
    report?.(done.at(-1)!);
    if (tolerance > 0 && last && Math.abs(last.objective - objective) <= tolerance * Math.abs(last.objective)) break;
  }
  return { centroids, iterations: done };
}
