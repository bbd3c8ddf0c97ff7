import type { HierarchyLevel } from '@hcsc/kmeans';
import { gather, type Tensor1D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { AnchorLevel } from './negative-sampler.js';
import { requireTensor } from './require-tensor.js';

/**
 * Looks up where a batch of anchors stands in a hierarchy: their prototype at every level.
 *
 * @param hierarchy What `hierarchicalKMeans` returned, finest level first.
 * @param indices The anchors' rows in the clustered features: `[A]` int32, or a list of integers.
 * @returns Per level the hierarchy's own `centroids`, `concentration`, `parents` and `alive`, and new `positives` `[A]`
 * int32: the caller disposes the `positives` and nothing else.
 * @throws RangeError for a hierarchy without levels, no indices, and (for a list) an index out of range; TypeError for
 * a tensor that is not int32 of rank 1. The values of an index tensor are not read.
 *
 * @example
 * ```ts
 * const levels = anchorLevels(hierarchy, batch.indices);
 * const masks = selectiveInstances().keep({ candidates: levels.map(() => queue), levels, rng });
 * tf.dispose(levels.map((level) => level.positives));
 * ```
 */
export function anchorLevels(
  hierarchy: { readonly levels: readonly HierarchyLevel[] },
  indices: Tensor1D | ArrayLike<number>,
): AnchorLevel[] {
  const { levels } = hierarchy;
  if (levels.length === 0)
    throw new RangeError('Cannot look up anchors: needed a hierarchy with at least 1 level, got 0');
  const samples = levels[0]!.assignments.shape[0];
  const positives = tidy(() => {
    const rows = isTensor(indices) ? indices : toRows(indices, samples);
    requireTensor('look up anchors', 'indices', rows, ['A'], ['int32']);
    return levels.map(({ assignments }, l) => {
      requireTensor('look up anchors', `levels[${l}].assignments`, assignments, [samples], ['int32']);
      return gather(assignments, rows) as Tensor1D;
    });
  });
  return levels.map(({ centroids, concentration, parents, alive = null }, l) => ({
    centroids,
    concentration,
    parents,
    alive,
    positives: positives[l]!,
  }));
}

function isTensor(indices: Tensor1D | ArrayLike<number>): indices is Tensor1D {
  return 'dtype' in indices;
}

function toRows(indices: ArrayLike<number>, samples: number): Tensor1D {
  const values = Array.from(indices);
  const wrong = values.find((i) => !(Number.isInteger(i) && i >= 0 && i < samples));
  if (wrong !== undefined) {
    throw new RangeError(`Cannot look up anchors: needed indices from 0 to ${samples - 1}, got ${wrong}`);
  }
  return tensor1d(values, 'int32');
}
