import { div, expandDims, maximum, type Tensor1D, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { bestMatch } from './best-match.js';
import { createBreather } from './breather.js';
import type { HierarchyLevel } from './hierarchy.js';
import { requireInteger } from './option-checks.js';
import { requirePoints } from './read-points.js';

/** Options of {@link assignNearest}. */
export interface AssignNearestOptions {
  /** Features compared with all prototypes at a time; memory is O(blockSize · K). Default: up to 8,192, within 64 MiB of scores. */
  blockSize?: number;
  /** Stops the work: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

/** Keeps the division by a φ of 0 finite. */
const SMALLEST = 1e-12;

/**
 * Assigns features to the most similar prototypes of a level: those of the largest z · c / φ_c, the lower one on a tie.
 *
 * Y. Guo et al., "HCSC: Hierarchical Contrastive Selective Coding", CVPR 2022, arXiv 2202.00455.
 *
 * @param features `[N, D]` float32, L2-normalised; of any images, not just those that were clustered.
 * @param level Its prototypes `[K, D]` and their concentration `[K]`.
 * @returns `[N]` int32; the caller disposes it.
 * @throws RangeError if the shapes do not fit; the signal's reason if it is aborted.
 *
 * @example
 * ```ts
 * const coarsest = await assignNearest(testFeatures, hierarchy.levels.at(-1)!);
 * ```
 */
export async function assignNearest(
  features: Tensor2D,
  level: Pick<HierarchyLevel, 'centroids' | 'concentration'>,
  { blockSize, signal }: AssignNearestOptions = {},
): Promise<Tensor1D> {
  const { centroids, concentration } = level;
  requirePoints(features, 'features');
  requirePoints(centroids, 'centroids');
  if (blockSize !== undefined) requireInteger('blockSize', blockSize, 1);
  if (features.shape[1] !== centroids.shape[1]) {
    throw new RangeError(
      `features and centroids must have the same width, got [${features.shape}] and [${centroids.shape}]`,
    );
  }
  if (concentration.rank !== 1 || concentration.shape[0] !== centroids.shape[0]) {
    throw new RangeError(
      `concentration must be [${centroids.shape[0]}], one for each centroid, got [${concentration.shape}]`,
    );
  }
  signal?.throwIfAborted();
  const weights = tidy(() => div<Tensor2D>(centroids, expandDims(maximum(concentration, SMALLEST), 1)));
  return bestMatch(features, { weights }, createBreather(signal), blockSize).finally(() => weights.dispose());
}
