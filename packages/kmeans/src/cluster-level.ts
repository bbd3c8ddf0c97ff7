import { gather, type Tensor2D, tensor1d } from '@tensorflow/tfjs-core';
import { createBreather } from './breather.js';
import { type ConcentrationOptions, concentrationOf } from './concentration.js';
import { kMeans } from './k-means.js';
import type { KMeansOptions } from './k-means-options.js';
import { livingRows } from './living-rows.js';
import { memorySource } from './memory-source.js';
import { normalizeRows } from './normalize-rows.js';
import { takeRows } from './take-rows.js';

/** What a level clusters: the images' features, or the prototypes of the level below. */
export interface LevelPoints {
  /** `[N, D]`. */
  readonly points: Tensor2D;
  /** `[N]`: images that each stands for; null: one each. */
  readonly images: Int32Array | null;
  /** `[N]` of 0 and 1: those of 0 are not clustered; null: all are. */
  readonly alive: Float32Array | null;
}

/** How a level is clustered. */
export interface LevelOptions {
  /** From 0, for errors. */
  readonly level: number;
  /** Clusters of fewer images are dropped; null: none is. */
  readonly least: number | null;
  readonly phi: ConcentrationOptions;
  readonly kMeans: KMeansOptions;
  /** Where k-means starts, given its points; the caller of it disposes the result. */
  readonly start: (points: Tensor2D) => Promise<Tensor2D | undefined>;
}

/** A level as k-means and the dropping of small clusters leave it, on the host. */
export interface ClusteredLevel {
  /** `[K, D]`, of length 1. */
  readonly prototypes: Float32Array;
  /** `[K]`. */
  readonly phi: Float32Array;
  /** `[N]`: the prototype of each point, alive, also of points that were not clustered. */
  readonly members: Int32Array;
  /** `[K]` of 0 and 1; null if none may be dropped. */
  readonly alive: Float32Array | null;
}

/** k-means' answer on the host; `members` and `distances` are of the points that were clustered. */
interface Found {
  readonly centroids: Float32Array;
  readonly members: Int32Array;
  readonly distances: Float32Array;
}

/** Runs `use` on rows of points; all of them are not copied. */
async function withRows<T>(
  points: Tensor2D,
  rows: Int32Array | null,
  use: (points: Tensor2D) => Promise<T>,
): Promise<T> {
  if (rows === null || rows.length === points.shape[0]) return use(points);
  const ids = tensor1d(rows, 'int32');
  const taken = gather(points, ids);
  ids.dispose();
  return use(taken).finally(() => taken.dispose());
}

async function runKMeans(points: Tensor2D, k: number, { kMeans: options, start }: LevelOptions): Promise<Found> {
  // As many clusters as points: whatever the start, each is its own.
  const initialCentroids = points.shape[0] > k ? await start(points) : undefined;
  const found = await kMeans(points, k, { ...options, initialCentroids }).finally(() => initialCentroids?.dispose());
  try {
    const { centroids, assignments, distances } = found;
    return {
      centroids: Float32Array.from(await centroids.data()),
      members: Int32Array.from(await assignments.data()),
      distances: Float32Array.from(await distances.data()),
    };
  } finally {
    found.dispose();
  }
}

/** The nearest of some centroids to each of some points, and the squared distance, as k-means itself would find them. */
async function nearestOf(points: Tensor2D, centroids: Float32Array, { blockSize, signal }: KMeansOptions) {
  const values = Float32Array.from(await points.data());
  const near = { spherical: false, blockSize, breathe: createBreather(signal) };
  const source = memorySource(points, values, null, near);
  return source.assign(centroids).finally(() => source.dispose());
}

/** Which of k prototypes have a cluster of at least `least` images; there must be one. */
function largeEnough(found: Found, images: Int32Array, k: number, least: number, level: number): Float32Array {
  const sizes = new Float64Array(k);
  found.members.forEach((cluster, i) => {
    sizes[cluster]! += images[i]!;
  });
  const alive = Float32Array.from(sizes, (size) => (size >= least ? 1 : 0));
  if (!alive.includes(1)) {
    throw new RangeError(
      `Cannot drop the clusters of fewer than ${least} images at level ${level}: none of ${k} has more than ${Math.max(...sizes)}; give fewer clusters, a smaller minMembers, or smallClusters: 'keep'`,
    );
  }
  return alive;
}

/**
 * Clusters the points of one level into k prototypes, and drops those of few images, if any may be dropped.
 *
 * The points of a dropped cluster go to the nearest centroid that is left, by the distance of k-means, and count as its
 * members from then on. With fewer points than k, each is a cluster; the rows that are left over repeat prototypes, and
 * are dropped.
 */
export async function clusterLevel(
  { points, images, alive: clusteredOf }: LevelPoints,
  k: number,
  options: LevelOptions,
): Promise<ClusteredLevel> {
  const [n, width] = points.shape;
  const rows = clusteredOf ? livingRows(clusteredOf) : Int32Array.from({ length: n }, (_, row) => row);
  const found = await withRows(points, rows, (taken) => runKMeans(taken, Math.min(k, rows.length), options));
  if (options.least === null) {
    const phi = concentrationOf(found.distances, found.members, k, options.phi);
    return { prototypes: normalizeRows(found.centroids, width), phi, members: found.members, alive: null };
  }

  const alive = largeEnough(
    found,
    rows.map((row) => images?.[row] ?? 1),
    k,
    options.least,
    options.level,
  );
  const living = livingRows(alive);
  const members = new Int32Array(n).fill(-1);
  const distances = new Float64Array(n);
  rows.forEach((row, i) => {
    if (alive[found.members[i]!] === 1) members[row] = found.members[i]!;
    distances[row] = found.distances[i]!;
  });
  const orphans = Int32Array.from(members.keys()).filter((row) => members[row] === -1);
  if (orphans.length > 0) {
    const centroids = takeRows(found.centroids, width, living);
    const adopted = await withRows(points, orphans, (taken) => nearestOf(taken, centroids, options.kMeans));
    orphans.forEach((row, i) => {
      members[row] = living[adopted.assignments[i]!]!;
      distances[row] = adopted.distances[i]!;
    });
  }
  const clustered = Float64Array.from(rows, (row) => distances[row]!);
  const phi = concentrationOf(
    clustered,
    rows.map((row) => members[row]!),
    k,
    options.phi,
    alive,
  );
  const filled = Int32Array.from({ length: k }, (_, c) => (c < rows.length ? c : living[c % living.length]!));
  return { prototypes: normalizeRows(takeRows(found.centroids, width, filled), width), phi, members, alive };
}
