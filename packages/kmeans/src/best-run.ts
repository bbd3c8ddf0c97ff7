import { type KMeansIteration, lloyd, type Run } from './lloyd.js';
import { normalizeRows } from './normalize-rows.js';
import type { Passes } from './passes.js';
import type { PointSource } from './point-source.js';
import type { Progress } from './progress.js';
import { startCentroids } from './start-centroids.js';

/** How the runs go. */
export interface TrainOptions {
  readonly k: number;
  readonly iterations: number;
  readonly restarts: number;
  readonly seed: number;
  /** How the centroids that are not given are drawn. */
  readonly init: 'random' | 'k-means++';
  readonly spherical: boolean;
  readonly tolerance: number;
  /** `[m, D]`, row-major: the first centroids of every run. */
  readonly given: Float32Array | null;
  /** These stay as they are. */
  readonly frozenCentroids: boolean;
  readonly onIteration?: (iteration: KMeansIteration) => void;
  /** Told of `iterations` pieces for each run, each as large as the points are many. */
  readonly progress: Progress;
}

/** faiss's step between the seeds of restarts. */
const RESTART_STEP = 15486557;

/** The run that was kept. */
export interface BestRun extends Run {
  /** Its passes, to be disposed; null if there were none. */
  readonly passes: Passes | null;
}

/** Runs k-means from one start after the other, and keeps the run with the best last objective. */
export async function bestRun(points: PointSource, options: TrainOptions): Promise<BestRun> {
  const { k, iterations, restarts, seed, init, spherical, tolerance, given, frozenCentroids, onIteration, progress } =
    options;
  const { n, width } = points;
  const frozen = given && frozenCentroids ? given.length / width : 0;
  if (n === k && frozen === 0) {
    const centroids = await points.rows(Int32Array.from({ length: k }, (_, i) => i));
    return { centroids: spherical ? normalizeRows(centroids, width) : centroids, iterations: [], passes: null };
  }

  const runOf = async (restart: number): Promise<BestRun> => {
    const first = restart * iterations;
    progress.enter(first * n, 0);
    const start = await startCentroids(points, { k, given, init, seed: seed + 1 + restart * RESTART_STEP });
    // Centroids that are all given are mostly those of a run before.
    const passes = points.passes(k, given?.length === k * width);
    const begin = (iteration: number) => progress.enter((first + iteration) * n, n);
    const run = { spherical, n, width, iterations, tolerance, frozen, restart, begin, report: onIteration };
    try {
      return { ...(await lloyd(passes, start, run)), passes };
    } catch (error) {
      passes.dispose();
      throw error;
    }
  };
  const last = ({ iterations: done }: Run) => done.at(-1)?.objective ?? 0;
  let best = await runOf(0);
  try {
    for (let restart = 1; restart < restarts; restart++) {
      const run = await runOf(restart);
      const better = spherical ? last(run) > last(best) : last(run) < last(best);
      (better ? best : run).passes?.dispose();
      if (better) best = run;
    }
    return best;
  } catch (error) {
    best.passes?.dispose();
    throw error;
  }
}
