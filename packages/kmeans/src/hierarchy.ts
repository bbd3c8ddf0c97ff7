import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/** One level of prototypes. */
export interface HierarchyLevel {
  /** `[K, D]` float32: the prototypes, L2-normalised. */
  readonly centroids: Tensor2D;
  /** `[N]` int32: the prototype of each image at this level. */
  readonly assignments: Tensor1D;
  /** `[K]` float32: φ, each prototype's own temperature; see {@link concentration}. */
  readonly concentration: Tensor1D;
  /** `[K]` int32: images of each prototype; they add up to N. */
  readonly counts: Tensor1D;
  /** `[K]` int32: the prototype of the next level that each belongs to; null at the top. Never one that is dropped. */
  readonly parents: Tensor1D | null;
  /**
   * `[K]` float32 of 0 and 1: 0 for prototypes whose clusters were too small and have been dropped. They keep their rows,
   * so that shapes are the same every epoch, and are no image's, nobody's parent and no negatives. A tensor with
   * `smallClusters: 'drop'`, even if none was dropped; null with `'keep'`. Null or absent: all are alive.
   */
  readonly alive?: Tensor1D | null;
}

/** Prototypes at several levels, finest first; whoever made or loaded it disposes it. */
export interface Hierarchy {
  readonly levels: readonly HierarchyLevel[];
  /** Disposes the tensors of all levels. */
  dispose(): void;
}

/** Disposes the tensors of levels, whole or in the making. */
export function disposeLevels(levels: readonly Partial<HierarchyLevel>[]): void {
  for (const level of levels) for (const tensor of Object.values(level)) tensor?.dispose();
}
