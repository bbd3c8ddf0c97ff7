import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { type ConcentrationOptions, requireConcentrationOptions } from './concentration.js';
import type { Hierarchy } from './hierarchy.js';
import { type KMeansOptions, requireEnough, requireStart } from './k-means-options.js';
import type { KMeansIteration } from './lloyd.js';
import { kindOf, requireInteger } from './option-checks.js';
import { requirePoints } from './read-points.js';

/** What one iteration did, and at which level, from 0. */
export interface HierarchyIteration extends KMeansIteration {
  readonly level: number;
}

/** Options of {@link hierarchicalKMeans}. */
export interface HierarchyOptions
  extends Omit<KMeansOptions, 'spherical' | 'initialCentroids' | 'frozenCentroids' | 'onIteration'>,
    ConcentrationOptions {
  /** Updates of the centroids per run. Default 20. */
  iterations?: number;
  /** Runs per level. Default 5; 1 if `initialCentroids` or `warmStart` are given. */
  restarts?: number;
  /** Level l uses `seed` + l. Default 0. */
  seed?: number;
  /** With fewer images per prototype of the first level than this, `onWarning` is told. Default 10. */
  minPointsPerCentroid?: number;
  /** Default 1000. */
  maxPointsPerCentroid?: number;
  /**
   * The prototype of an image at a level: `'nearest'`, the one with the largest z · c / φ_c (the paper); `'tree'`, the
   * ancestor of its cluster at the first level (the official code). The tree itself is the same. Default `'nearest'`.
   */
  assignment?: 'nearest' | 'tree';
  /**
   * What becomes of clusters of fewer than `minMembers` images: `'keep'`, nothing (the official code, where faiss only
   * warns); `'drop'`, their prototypes are dropped (the paper's text), see {@link hierarchicalKMeans}. Default `'keep'`.
   */
  smallClusters?: 'keep' | 'drop';
  /** Images, at every level, that a cluster must have with `smallClusters: 'drop'`. Default 10. */
  minMembers?: number;
  /** Where k-means starts at each level, `[K, D]` each; not disposed. */
  initialCentroids?: readonly Tensor2D[];
  /**
   * The last hierarchy of the same levels, of features that have changed a little since: each level starts at its
   * prototypes, those that were dropped at random points, so that fewer `iterations` do. Null: start at random. Not
   * disposed.
   */
  warmStart?: Pick<Hierarchy, 'levels'> | null;
  /**
   * The weight of each feature at the first level, `[N]`, as {@link kMeans} takes it; prototypes weigh 1 at the levels above
   * it. Counts, `minMembers` and concentrations are of images, whatever they weigh. Default: 1 for all. Not disposed.
   */
  weights?: Tensor1D | Float32Array;
  /** Check that the features have length 1, within 0.001. Default true. */
  check?: boolean;
  /** Called after every iteration of every level. */
  onIteration?: (iteration: HierarchyIteration) => void;
  /** Called with the share of the whole call that is done, over all levels: it rises from 0 to 1. */
  onProgress?: (share: number) => void;
}

function requireClusters(clusters: readonly number[], n: number): void {
  if (!Array.isArray(clusters)) {
    throw new TypeError(`clusters must be a list, such as [3000, 2000, 1000], got ${kindOf(clusters)}`);
  }
  if (clusters.length === 0) throw new RangeError('clusters must name at least one level, got []');
  clusters.forEach((k, level) => {
    requireInteger(`clusters[${level}]`, k, 1);
    if (level > 0 && k > clusters[level - 1]!) {
      throw new RangeError(
        `clusters must go down from level to level, finest first, got [${clusters.join(', ')}]: level ${level} clusters the ${clusters[level - 1]} prototypes below it into ${k}`,
      );
    }
  });
  requireEnough(n, clusters[0]!, 'features');
}

function requireOneOf(name: string, value: string, allowed: readonly [string, string]): void {
  if (!allowed.includes(value)) {
    throw new RangeError(`${name} must be '${allowed[0]}' or '${allowed[1]}', got '${value}'`);
  }
}

/** The matrices that the levels start at; null if they start at random. */
function requireStarts(
  { initialCentroids, warmStart, restarts }: HierarchyOptions,
  clusters: readonly number[],
  width: number,
): void {
  if (initialCentroids && warmStart) {
    throw new RangeError('Cannot start at initialCentroids and at a warmStart: give one of them');
  }
  const [name, starts] = warmStart
    ? ['warmStart.levels', warmStart.levels.map(({ centroids }) => centroids)]
    : ['initialCentroids', initialCentroids];
  if (!starts) return;
  if (starts.length !== clusters.length) {
    throw new RangeError(`${name} must hold one matrix for each of ${clusters.length} levels, got ${starts.length}`);
  }
  starts.forEach((start, level) => {
    requireStart(start, clusters[level]!, width, `${name}[${level}]${warmStart ? '.centroids' : ''}`);
  });
  if (restarts !== undefined && restarts > 1) {
    throw new RangeError(
      `Cannot make ${restarts} runs from the same ${warmStart ? 'warmStart' : 'initialCentroids'}: leave restarts at 1`,
    );
  }
}

/** Fills in the defaults of {@link HierarchyOptions}, and throws if a shape or an option is wrong. */
export function checkHierarchy(features: Tensor2D, clusters: readonly number[], options: HierarchyOptions) {
  const { initialCentroids, warmStart = null, check = true, assignment = 'nearest', seed = 0 } = options;
  const { iterations = 20, restarts = initialCentroids || warmStart ? 1 : 5 } = options;
  const { minPointsPerCentroid = 10, maxPointsPerCentroid = 1000 } = options;
  const { smallClusters = 'keep', minMembers = 10, temperature, smoothing, clipPercentiles, floor } = options;
  const { init, tolerance, weights, blockSize, signal, onIteration, onProgress, onWarning } = options;
  requirePoints(features, 'features');
  requireClusters(clusters, features.shape[0]);
  requireInteger('seed', seed, 0);
  requireInteger('minMembers', minMembers, 1);
  requireConcentrationOptions(options);
  requireOneOf('assignment', assignment, ['nearest', 'tree']);
  requireOneOf('smallClusters', smallClusters, ['keep', 'drop']);
  requireStarts(options, clusters, features.shape[1]);
  return {
    ...{ assignment, check, seed, initialCentroids, warmStart, weights, onIteration, onProgress, onWarning },
    least: smallClusters === 'drop' ? minMembers : null,
    phi: { temperature, smoothing, clipPercentiles, floor },
    kMeans: { iterations, restarts, init, tolerance, minPointsPerCentroid, maxPointsPerCentroid, blockSize, signal },
  };
}
