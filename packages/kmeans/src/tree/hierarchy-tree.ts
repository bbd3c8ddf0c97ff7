import type { Tensor2D } from '@tensorflow/tfjs-core';

/** One level of a {@link HierarchyTree}: arrays of the tree's own, to be read only. */
export interface HierarchyTreeLevel {
  /** `[K]`: points of each prototype, by the assignments. */
  readonly counts: Int32Array;
  /** `[K]`: φ of each prototype. */
  readonly concentration: Float32Array;
  /** `[N]`: the prototype of each point. */
  readonly assignments: Int32Array;
  /** `[K]`: the prototype of the next level that each belongs to; null at the top. */
  readonly parents: Int32Array | null;
  /** `[K]`: 0 for prototypes that were dropped, 1 for the others; null if none can have been. */
  readonly alive: Float32Array | null;
}

/** Where a point is in a hierarchy: a prototype for each level, finest first. */
export interface PointPath {
  /** The prototypes the point is assigned to. */
  readonly prototypes: number[];
  /**
   * Its prototype at the first level, that one's parent, and so on. The same as `prototypes` where `assignment` was
   * `'tree'`; with `'nearest'`, a point may be assigned to another prototype than its ancestor.
   */
  readonly ancestors: number[];
}

/** A point that a prototype stands for. */
export interface NearestExample {
  /** Its row in the features. */
  readonly point: number;
  /** z · c: the cosine, as both are of length 1. */
  readonly similarity: number;
}

/** A prototype and those below it as a plain object, for plots and JSON. */
export interface HierarchyNode {
  /** 0 is the finest level. */
  readonly level: number;
  /** Its row among the level's prototypes. */
  readonly prototype: number;
  /** How many points are assigned to it. */
  readonly count: number;
  /** φ: small for a compact and large cluster. */
  readonly concentration: number;
  /** The prototypes of the level below whose parent it is; none at level 0. */
  readonly children: readonly HierarchyNode[];
}

/**
 * A hierarchy on the host, to walk through; made by {@link readHierarchy}.
 *
 * Each method takes no longer than its answer is long, and throws a RangeError if a level, prototype or point is not
 * there. Answers are the caller's own.
 */
export interface HierarchyTree {
  /** N: how many points were clustered. */
  readonly points: number;
  /** Finest first. */
  readonly levels: readonly HierarchyTreeLevel[];
  /** The prototypes of a point at each level, and its ancestors. */
  path(point: number): PointPath;
  /** The points assigned to a prototype, ascending. */
  members(level: number, prototype: number): Int32Array;
  /** The prototypes of `level` − 1 whose parent it is, ascending, without dropped ones; none at level 0. */
  children(level: number, prototype: number): Int32Array;
  /** Its prototype at `level` + 1; null at the top, and for one that was dropped. */
  parent(level: number, prototype: number): number | null;
  /** The prototypes of the top level, without dropped ones. */
  roots(): Int32Array;
  /**
   * Up to `n` members of a prototype, those of the largest z · c first, the lower point on a tie.
   *
   * Only the members' features are looked at: rows of a tensor are gathered and compared on the device, some thousands
   * at a time; an array is read where it stands. Both are neither kept nor disposed.
   *
   * @param features `[N, D]` float32, those that were clustered: a tensor, or an array, row by row.
   * @throws RangeError (the promise rejects) also if `features` are of the wrong shape, `n` is not an integer of at
   *   least 1, or a similarity is NaN or infinite; TypeError if a tensor is not float32. No tensor is left behind.
   */
  nearest(level: number, prototype: number, n: number, features: Tensor2D | Float32Array): Promise<NearestExample[]>;
  /** The top level's nodes, each with all below it; `JSON.stringify(tree)` writes them. */
  toJSON(): HierarchyNode[];
}
