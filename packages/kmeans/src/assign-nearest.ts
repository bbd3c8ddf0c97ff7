import { div, expandDims, gather, maximum, type Tensor1D, type Tensor2D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { createBreather } from './breather.js';
import type { HierarchyLevel } from './hierarchy.js';
import { livingRows } from './living-rows.js';
import { requireInteger } from './option-checks.js';
import { requirePoints } from './read-points.js';
import { compareAll, defaultBlockSize } from './search/compare-all.js';
import { scoring } from './search/scoring.js';

/** Options of {@link assignNearest}. */
export interface AssignNearestOptions {
  /** Features compared with all prototypes at a time; memory is O(blockSize · K). Default: up to 8,192, within 32 MiB of scores. */
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
 * @param level Its prototypes `[K, D]`, their concentration `[K]` and, if some were dropped, which are `alive`: the others
 *   are nobody's.
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
  level: Pick<HierarchyLevel, 'centroids' | 'concentration' | 'alive'>,
  { blockSize, signal }: AssignNearestOptions = {},
): Promise<Tensor1D> {
  const { centroids, concentration, alive = null } = level;
  requirePoints(features, 'features');
  requirePoints(centroids, 'centroids');
  if (blockSize !== undefined) requireInteger('blockSize', blockSize, 1);
  if (features.shape[1] !== centroids.shape[1]) {
    throw new RangeError(
      `features and centroids must have the same width, got [${features.shape}] and [${centroids.shape}]`,
    );
  }
  const k = centroids.shape[0];
  for (const [name, tensor] of Object.entries({ concentration, ...(alive && { alive }) })) {
    if (tensor.rank !== 1 || tensor.shape[0] !== k) {
      throw new RangeError(`${name} must be [${k}], one for each centroid, got [${tensor.shape}]`);
    }
  }
  signal?.throwIfAborted();
  const rows = alive && livingRows(await alive.data());
  if (rows?.length === 0)
    throw new RangeError(`Cannot assign features to ${k} prototypes, all dropped: one must be alive`);
  const ids = rows && rows.length < k ? tensor1d(rows, 'int32') : null;
  const scaled = tidy(() => {
    const divided = div<Tensor2D>(centroids, expandDims(maximum(concentration, SMALLEST), 1));
    return ids ? gather(divided, ids) : divided;
  });
  const [n, width] = features.shape;
  const score = scoring({ tensor: features, origin: new Float32Array(width) }, true);
  try {
    const candidates = (await scaled.data()) as Float32Array;
    const size = blockSize ?? defaultBlockSize(scaled.shape[0]);
    const assignments = new Int32Array(n);
    const blocks = { n, k: scaled.shape[0], blockSize: size, breathe: createBreather(signal) };
    await compareAll(score, candidates, assignments, blocks);
    return tensor1d(rows ? assignments.map((row) => rows[row]!) : assignments, 'int32');
  } finally {
    score.dispose();
    scaled.dispose();
    ids?.dispose();
  }
}
