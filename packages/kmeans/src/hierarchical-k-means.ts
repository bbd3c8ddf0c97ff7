import { clone, type Tensor2D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { assignNearest } from './assign-nearest.js';
import { clusterLevel, type LevelPoints } from './cluster-level.js';
import { disposeLevels, type Hierarchy, type HierarchyLevel } from './hierarchy.js';
import { checkHierarchy, type HierarchyOptions } from './hierarchy-options.js';
import { hierarchyProgress } from './hierarchy-progress.js';
import { countMembers } from './k-means.js';
import { readPoints } from './read-points.js';
import { warmCentroids } from './warm-centroids.js';

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

/**
 * Clusters features into prototypes, these into coarser prototypes, and so on: HCSC's hierarchy.
 *
 * Level 0 is k-means on the features, level l is k-means on the L2-normalised centroids of level l − 1; concentration
 * is taken from the distances of the members (features at level 0, child prototypes above) to their centroid before it
 * is normalised.
 *
 * `smallClusters: 'drop'` takes the prototypes of clusters of fewer than `minMembers` images out, level by level: images
 * that k-means gave the cluster, above level 0 those of its children, whatever the `assignment`. A dropped prototype keeps
 * its row, so that all shapes stay, and is 0 in the level's `alive`:
 * - Its members, images or child prototypes, go to the nearest prototype that is left, as k-means itself would send them:
 *   by the distance to the centroids before they are normalised. `parents` tell so of children, and of dropped prototypes
 *   too, each of which has a parent that is left. With `assignment: 'tree'` its images follow. With `'nearest'` images go
 *   to the largest z · c / φ_c of those that are left, which may leave one of them fewer than `minMembers`.
 * - Its count is 0, and its φ, the temperature, is no part of the level's percentiles and mean. The adopted members are
 *   part of the φ of their new prototype.
 * - The next level does not cluster it. Where fewer are left than the next level has prototypes, each is a cluster of its
 *   own there, and the rows left over repeat them and are dropped.
 *
 * As every prototype that is left has enough images, above level 0 only clusters without members are dropped.
 *
 * Y. Guo et al., "HCSC: Hierarchical Contrastive Selective Coding", CVPR 2022, arXiv 2202.00455. The defaults are those
 * of the paper's code.
 *
 * @param features `[N, D]` float32, L2-normalised; not disposed.
 * @param clusters Prototypes of each level, finest first: `[3000, 2000, 1000]` in the paper. None may exceed the one
 *   before it, nor the first one N.
 * @returns The hierarchy; the caller disposes it.
 * @throws RangeError if the clusters do not go down or exceed the features, features are not of length 1, not finite or
 *   of the wrong shape, an option is wrong, or all clusters are too small; TypeError if a tensor is not float32; the
 *   signal's reason if it is aborted. No tensor is left behind.
 *
 * @example
 * ```ts
 * const hierarchy = await hierarchicalKMeans(features, [120, 40, 10], { smallClusters: 'drop' });
 * hierarchy.levels[0]!.centroids.shape; // [120, D]
 * const next = await hierarchicalKMeans(nextFeatures, [120, 40, 10], { smallClusters: 'drop', warmStart: hierarchy });
 * hierarchy.dispose();
 * next.dispose();
 * ```
 */
export async function hierarchicalKMeans(
  features: Tensor2D,
  clusters: readonly number[],
  options: HierarchyOptions = {},
): Promise<Hierarchy> {
  const { seed, least, phi, warmStart, ...given } = checkHierarchy(features, clusters, options);
  const { initialCentroids, onIteration, onWarning } = given;
  const progress = hierarchyProgress(features.shape[0], clusters, given);
  const { signal, blockSize } = given.kMeans;
  const [n, width] = features.shape;
  signal?.throwIfAborted();
  if (given.check) requireUnitRows(await readPoints(features, 'features'), width);

  const levels: { -readonly [field in keyof HierarchyLevel]?: HierarchyLevel[field] }[] = [];
  try {
    let below: LevelPoints = { points: features, images: null, alive: null };
    let ancestors = Int32Array.from({ length: n }, (_, image) => image);
    for (const [l, k] of clusters.entries()) {
      progress.level(l);
      const found = await clusterLevel(below, k, {
        ...{ level: l, least, phi },
        start: async (points) => {
          const start = initialCentroids?.[l];
          if (start) return clone(start);
          return warmStart ? warmCentroids(warmStart.levels[l]!, points, seed + l) : undefined;
        },
        kMeans: {
          ...given.kMeans,
          seed: seed + l,
          onIteration: onIteration && ((iteration) => onIteration({ level: l, ...iteration })),
          onProgress: progress.within,
          ...(l === 0 && { onWarning, weights: given.weights }),
        },
      });
      ancestors = ancestors.map((child) => found.members[child]!);
      if (l > 0) levels[l - 1]!.parents = tensor1d(found.members, 'int32');
      const level: (typeof levels)[number] = { parents: null };
      levels.push(level);
      level.centroids = tensor2d(found.prototypes, [k, width]);
      level.concentration = tensor1d(found.phi);
      level.alive = found.alive && tensor1d(found.alive);
      level.assignments =
        given.assignment === 'tree'
          ? tensor1d(ancestors, 'int32')
          : await assignNearest(features, level as HierarchyLevel, { blockSize, signal });
      const images = Int32Array.from(await level.assignments.data());
      level.counts = tensor1d(countMembers(images, k), 'int32');
      below = { points: level.centroids, images: countMembers(ancestors, k), alive: found.alive };
    }
  } catch (error) {
    disposeLevels(levels);
    throw error;
  }
  progress.finish();
  const complete = levels as HierarchyLevel[];
  return { levels: complete, dispose: () => disposeLevels(complete) };
}
