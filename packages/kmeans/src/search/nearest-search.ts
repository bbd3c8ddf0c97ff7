import { firstTwins } from '../first-twins.js';
import type { NearestOptions } from '../nearest-centroids.js';
import type { PointSet } from '../point-set.js';
import { type CentroidGroups, groupCentroids } from './centroid-groups.js';
import { compareAll, defaultBlockSize } from './compare-all.js';
import { driftOrder } from './drift-order.js';
import { type PointBounds, pointBounds } from './point-bounds.js';
import { compareWithGroups, prunedSearch, prunes } from './pruned-search.js';
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

const isPowerOfTwo = (count: number) => (count & (count - 1)) === 0;

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

  let calls = 0;
  let previous: Float32Array | null = null;
  let groups: CentroidGroups | null = null;
  let bounds: PointBounds | null = null;

  /** As {@link compareAll}, from what is known of the centroids before, and learning from it. */
  async function compareChanged(before: Float32Array | null, centroids: Float32Array): Promise<void> {
    const drifts = before && driftOrder(before, centroids, k);
    if (drifts?.most === 0) return;
    bounds ??= await pointBounds(score, n, blockSize);
    bounds.prepare(centroids);
    const state = { score, blocks, bounds, assignments };
    if (drifts && groups && prunes(state, drifts)) return prunedSearch(state, centroids, groups, drifts);
    // Groups age as the centroids move, but are not worth their making anew each time.
    if (!groups || isPowerOfTwo(calls)) groups = await groupCentroids(centroids, k, score);
    return compareWithGroups(state, centroids, groups);
  }

  /** Of equal centroids, the first takes the points. */
  function preferFirst(centroids: Float32Array): void {
    const twins = firstTwins(centroids, width);
    if (!twins) return;
    for (let point = 0; point < n; point++) {
      const id = assignments[point]!;
      const twin = twins[id]!;
      if (twin === id) continue;
      assignments[point] = twin;
      if (bounds && groups && groups.of[twin] !== groups.of[id]) bounds.outside[point] = Number.NEGATIVE_INFINITY;
    }
  }

  return {
    assignments,
    async find(centroids) {
      const before = previous;
      // If it is stopped half-way, nothing is known.
      previous = null;
      if (!before) groups = null;
      if (before || (settled && remembers && calls === 0)) await compareChanged(before, centroids);
      else await compareAll(score, centroids, assignments, blocks);
      if (remembers) previous = centroids.slice();
      calls++;
      preferFirst(centroids);
    },
    dispose: () => score.dispose(),
  };
}
