import { type Tensor2D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { assignNearest } from './assign-nearest.js';
import { type ConcentrationOptions, concentrationOf, requireConcentrationOptions } from './concentration.js';
import { disposeLevels, type Hierarchy, type HierarchyLevel } from './hierarchy.js';
import { countMembers, kMeans } from './k-means.js';
import { type KMeansOptions, requireEnough, requireStart } from './k-means-options.js';
import type { KMeansIteration } from './lloyd.js';
import { normalizeRows } from './normalize-rows.js';
import { requireInteger } from './option-checks.js';
import { readPoints, requirePoints } from './read-points.js';

/** What one iteration did, and at which level, from 0. */
export interface HierarchyIteration extends KMeansIteration {
  readonly level: number;
}

/** Options of {@link hierarchicalKMeans}. */
export interface HierarchyOptions
  extends Omit<KMeansOptions, 'spherical' | 'initialCentroids' | 'onIteration'>,
    ConcentrationOptions {
  /** Updates of the centroids per run. Default 20. */
  iterations?: number;
  /** Runs per level. Default 5; 1 if `initialCentroids` are given. */
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
  /** Where k-means starts at each level, `[K, D]` each; not disposed. */
  initialCentroids?: readonly Tensor2D[];
  /** Check that the features have length 1, within 0.001. Default true. */
  check?: boolean;
  /** Called after every iteration of every level. */
  onIteration?: (iteration: HierarchyIteration) => void;
}

const UNIT_TOLERANCE = 1e-3;

function requireUnitRows(values: Float32Array, width: number): void {
  for (let row = 0; row < values.length / width; row++) {
    let square = 0;
    for (let j = row * width; j < (row + 1) * width; j++) square += values[j]! ** 2;
    const norm = Math.sqrt(square);
    if (Math.abs(norm - 1) > UNIT_TOLERANCE) {
      throw new RangeError(
        `features must be L2-normalised, each row of length 1 within ${UNIT_TOLERANCE}, got length ${norm} in row ${row}`,
      );
    }
  }
}

function requireClusters(clusters: readonly number[], n: number): void {
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

/**
 * Clusters features into prototypes, these into coarser prototypes, and so on: HCSC's hierarchy.
 *
 * Level 0 is k-means on the features, level l is k-means on the L2-normalised centroids of level l − 1; concentration
 * is taken from the distances of the members (features at level 0, child prototypes above) to their centroid before it
 * is normalised.
 *
 * Y. Guo et al., "HCSC: Hierarchical Contrastive Selective Coding", CVPR 2022, arXiv 2202.00455. The defaults are those
 * of the paper's code.
 *
 * @param features `[N, D]` float32, L2-normalised; not disposed.
 * @param clusters Prototypes of each level, finest first: `[3000, 2000, 1000]` in the paper. None may exceed the one
 *   before it, nor the first one N.
 * @returns The hierarchy; the caller disposes it.
 * @throws RangeError if the clusters do not go down or exceed the features, features are not of length 1, not finite or
 *   of the wrong shape, or an option is wrong; TypeError if a tensor is not float32; the signal's reason if it is
 *   aborted. No tensor is left behind.
 *
 * @example
 * ```ts
 * const hierarchy = await hierarchicalKMeans(features, [120, 40, 10], { seed: epoch });
 * hierarchy.levels[0]!.centroids.shape; // [120, D]
 * hierarchy.dispose();
 * ```
 */
export async function hierarchicalKMeans(
  features: Tensor2D,
  clusters: readonly number[],
  options: HierarchyOptions = {},
): Promise<Hierarchy> {
  const { initialCentroids, temperature, smoothing, check = true, assignment = 'nearest', seed = 0 } = options;
  const { iterations = 20, restarts = initialCentroids ? 1 : 5 } = options;
  const { minPointsPerCentroid = 10, maxPointsPerCentroid = 1000 } = options;
  const { blockSize, signal, onIteration, onWarning } = options;
  requirePoints(features, 'features');
  const [n, width] = features.shape;
  requireClusters(clusters, n);
  requireInteger('seed', seed, 0);
  requireConcentrationOptions({ temperature, smoothing });
  if (assignment !== 'nearest' && assignment !== 'tree') {
    throw new RangeError(`assignment must be 'nearest' or 'tree', got '${assignment}'`);
  }
  if (initialCentroids && initialCentroids.length !== clusters.length) {
    throw new RangeError(
      `initialCentroids must hold one matrix for each of ${clusters.length} levels, got ${initialCentroids.length}`,
    );
  }
  initialCentroids?.forEach((start, level) => {
    requireStart(start, clusters[level]!, width, `initialCentroids[${level}]`);
  });
  signal?.throwIfAborted();
  if (check) requireUnitRows(await readPoints(features, 'features'), width);

  const levels: { -readonly [field in keyof HierarchyLevel]?: HierarchyLevel[field] }[] = [];
  try {
    let ancestors = new Int32Array(0);
    for (const [l, k] of clusters.entries()) {
      const found = await kMeans(l === 0 ? features : levels[l - 1]!.centroids!, k, {
        ...{ iterations, restarts, minPointsPerCentroid, maxPointsPerCentroid, blockSize, signal },
        seed: seed + l,
        initialCentroids: initialCentroids?.[l],
        onIteration: onIteration && ((iteration) => onIteration({ level: l, ...iteration })),
        onWarning: l === 0 ? onWarning : undefined,
      });
      const level: (typeof levels)[number] = { parents: null };
      levels.push(level);
      try {
        const members = Int32Array.from(await found.assignments.data());
        const centroids = normalizeRows(Float32Array.from(await found.centroids.data()), width);
        const phi = concentrationOf(await found.distances.data(), members, k, { temperature, smoothing });
        level.centroids = tensor2d(centroids, [k, width]);
        level.concentration = tensor1d(phi);
        if (l > 0) levels[l - 1]!.parents = tensor1d(members, 'int32');
        ancestors = l === 0 ? members : ancestors.map((child) => members[child]!);
      } finally {
        found.dispose();
      }
      level.assignments =
        assignment === 'tree'
          ? tensor1d(ancestors, 'int32')
          : await assignNearest(features, level as HierarchyLevel, { blockSize, signal });
      const images = Int32Array.from(await level.assignments.data());
      level.counts = tensor1d(countMembers(images, k), 'int32');
    }
  } catch (error) {
    disposeLevels(levels);
    throw error;
  }
  const complete = levels as HierarchyLevel[];
  return { levels: complete, dispose: () => disposeLevels(complete) };
}
