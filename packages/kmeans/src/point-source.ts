import type { Passes } from './passes.js';

/** Points that k-means can learn from, wherever they are. */
export interface PointSource {
  /** Number of points. */
  readonly n: number;
  /** Number of columns. */
  readonly width: number;
  /** `[N]`; null if all points weigh 1. */
  readonly weights: Float32Array | null;
  /** Copies the rows that are named, in their order, row-major. */
  rows(order: Int32Array): Promise<Float32Array>;
  /**
   * Draws `count` rows by k-means++, row-major, far from each other and from the rows that are `placed` already.
   */
  spreadRows(count: number, placed: Float32Array | null, seed: number): Promise<Float32Array>;
  /** The points that are named, in their order, with their weights; to be disposed. */
  subset(order: Int32Array): Promise<PointSource>;
  /** Passes over the points for a run of k clusters, `settled` if its start will not move far; to be disposed. */
  passes(k: number, settled: boolean): Passes;
  /**
   * The nearest centroid of every point, and its squared distance, or the inner product if spherical; faster with the
   * passes of the run that found the centroids.
   */
  assign(
    centroids: Float32Array,
    passes?: Passes | null,
  ): Promise<{ assignments: Int32Array; distances: Float32Array }>;
  /** Frees what it holds on the device; the caller's points stay. */
  dispose(): void;
}
