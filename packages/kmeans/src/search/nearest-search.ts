import { firstTwins } from '../first-twins.js';
import type { NearestOptions } from '../nearest-centroids.js';
import type { PointSet } from '../point-set.js';
import type { ChangedCentroids } from './changed-centroids.js';
import { compareAll, defaultBlockSize } from './compare-all.js';
import { scoring } from './scoring.js';

/** Finds the nearest centroid of every point, again and again as the centroids move. */
export interface NearestSearch {
  /** `[N]`, the same array each time. */
  readonly assignments: Int32Array;
  /** Brings `assignments` up to date; `centroids`, `[K, D]`, are not kept or changed. */
  find(centroids: Float32Array): Promise<void>;
  dispose(): void;
}

/** With fewer centroids, or fewer points for each, all comparisons are made: there is too little to save. */
const FEWEST_CENTROIDS = 256;
const FEWEST_POINTS = 8;

/**
 * Creates a {@link NearestSearch} of k centroids; to be disposed.
 *
 * @param settled The first centroids will not move far: it pays to learn from the first comparison, not the second.
 */
export function nearestSearch(points: PointSet, k: number, options: NearestOptions, settled = false): NearestSearch {
  const width = points.origin.length;
  const { spherical, breathe, blockSize = defaultBlockSize(k) } = options;
  const n = points.tensor.shape[0];
  const score = scoring(points, spherical);
  const assignments = new Int32Array(n);
  const blocks = { n, k, blockSize, breathe };
  const remembers = k >= FEWEST_CENTROIDS && n >= k * FEWEST_POINTS;

  let known: ChangedCentroids | null = null;
  let previous: Float32Array | null = null;
  let first = true;

  /** Of equal centroids, the first takes the points. */
  function preferFirst(centroids: Float32Array): void {
    const twins = firstTwins(centroids, width);
    if (!twins) return;
    for (let point = 0; point < n; point++) {
      const id = assignments[point]!;
      const twin = twins[id]!;
      if (twin === id) continue;
      assignments[point] = twin;
      known?.moved(point, id, twin);
    }
  }

  return {
    assignments,
    async find(centroids) {
      const before = previous;
      // If it is stopped half-way, nothing is known.
      previous = null;
      if (!before) known = null;
      if (before || (settled && remembers && first)) {
        // Loaded where it is needed: most clusterings in a browser are smaller.
        known ??= (await import('./changed-centroids.js')).changedCentroids(score, blocks, assignments);
        await known.find(before, centroids);
      } else await compareAll(score, centroids, assignments, blocks);
      if (remembers) previous = centroids.slice();
      first = false;
      preferFirst(centroids);
    },
    dispose: () => score.dispose(),
  };
}
