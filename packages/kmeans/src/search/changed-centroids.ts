import { type CentroidGroups, groupCentroids } from './centroid-groups.js';
import type { Blocks } from './compare-all.js';
import { driftOrder } from './drift-order.js';
import { type PointBounds, pointBounds } from './point-bounds.js';
import { compareWithGroups, prunedSearch, prunes } from './pruned-search.js';
import type { Scoring } from './scoring.js';

/** Finds nearest centroids from what was learnt of the ones before. */
export interface ChangedCentroids {
  /**
   * Brings the assignments up to date, and learns from it.
   *
   * @param before The centroids that the assignments are of; null the first time, if there are none.
   */
  find(before: Float32Array | null, centroids: Float32Array): Promise<void>;
  /** A point was given to an equal centroid. */
  moved(point: number, from: number, to: number): void;
}

const isPowerOfTwo = (count: number) => (count & (count - 1)) === 0;

/** Creates a {@link ChangedCentroids}; `assignments`, `[N]`, is what it keeps up to date. */
export function changedCentroids(score: Scoring, blocks: Blocks, assignments: Int32Array): ChangedCentroids {
  const { n, k, blockSize } = blocks;
  let calls = 0;
  let groups: CentroidGroups | null = null;
  let bounds: PointBounds | null = null;
  return {
    async find(before, centroids) {
      const drifts = before && driftOrder(before, centroids, k);
      calls++;
      if (drifts?.most === 0) return;
      bounds ??= await pointBounds(score, n, blockSize);
      bounds.prepare(centroids);
      const state = { score, blocks, bounds, assignments };
      if (drifts && groups && prunes(state, drifts)) return prunedSearch(state, centroids, groups, drifts);
      // Groups age as the centroids move, but are not worth their making anew each time.
      if (!groups || isPowerOfTwo(calls)) groups = await groupCentroids(centroids, k, score);
      return compareWithGroups(state, centroids, groups);
    },
    moved(point, from, to) {
      if (bounds && groups && groups.of[to] !== groups.of[from]) bounds.outside[point] = Number.NEGATIVE_INFINITY;
    },
  };
}
