/** What one look at all points tells k-means. */
export interface Pass {
  /** `[N]`: the nearest centroid of each point; of equal centroids, the first. Valid until the next pass. */
  readonly assignments: Int32Array;
  /** Points that have another centroid than in the pass before; N in the first. */
  readonly changed: number;
  /** `[K, D]`, row-major: the weighted sum of each cluster's points. Valid until the next pass. */
  readonly sums: Float64Array;
  /** `[K]`: the weight of each cluster's points, their number if points have no weights. Valid until the next pass. */
  readonly masses: Float64Array;
  /** The weighted sum of squared distances of the points to their centroids; `spherical`: of inner products. */
  readonly objective: number;
}

/** Points that can be looked at again and again; one for each run of k-means, as it may remember the pass before. */
export interface Passes {
  /** @param centroids `[K, D]`, row-major, of length 1 if `spherical`; not changed. */
  pass(centroids: Float32Array): Promise<Pass>;
  /** The assignments of a pass alone, faster from what the passes before have found; absent where they find nothing. */
  assign?(centroids: Float32Array): Promise<Int32Array>;
  /** Frees what it holds on the device; the points are the caller's. */
  dispose(): void;
}
