import type { checkHierarchy } from './hierarchy-options.js';
import { createProgress } from './progress.js';

/** Of {@link checkHierarchy}, what tells how much work there is. */
type Work = Pick<ReturnType<typeof checkHierarchy>, 'assignment' | 'kMeans' | 'onProgress'>;

/**
 * The progress of a hierarchy, level after level, by the comparisons of points with centroids that each may take.
 *
 * Levels above the first have fewer points than are counted here where small clusters are dropped: their pieces are larger
 * than their work then.
 */
export function hierarchyProgress(n: number, clusters: readonly number[], { assignment, kMeans, onProgress }: Work) {
  const { iterations, restarts, maxPointsPerCentroid } = kMeans;
  const pieces = clusters.map((k, l) => {
    const points = clusters[l - 1] ?? n;
    const seen = restarts * iterations * Math.min(points, k * maxPointsPerCentroid);
    return { learn: k * (seen + points), assign: assignment === 'nearest' ? k * n : 0 };
  });
  const total = pieces.reduce((sum, { learn, assign }) => sum + learn + assign, 0);
  const { enter, within, finish } = createProgress(total, onProgress);
  return {
    /** Level l begins. */
    level(l: number) {
      const before = pieces.slice(0, l).reduce((sum, { learn, assign }) => sum + learn + assign, 0);
      enter(before, pieces[l]!.learn);
    },
    within,
    finish,
  };
}
