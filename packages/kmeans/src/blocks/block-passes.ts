import { tensor2d } from '@tensorflow/tfjs-core';
import { type NearestOptions, nearestCentroids } from '../nearest-centroids.js';
import { objectiveOf, squaresAbout } from '../objective.js';
import type { Passes } from '../passes.js';
import type { Moments } from '../point-set.js';
import type { PointBlocks } from '../points.js';
import { addRow } from '../row-sums.js';
import { readBlocks } from './read-blocks.js';

/** Points in blocks, with what a first look at all of them has found. */
export interface KnownBlocks extends Moments {
  readonly points: PointBlocks;
  /** Number of points. */
  readonly n: number;
}

/** Reads all points once, and calls `visit` with the nearest centroids of each run of them. */
export async function visitNearest(
  { points, n, origin }: KnownBlocks,
  centroids: Float32Array,
  near: NearestOptions,
  visit: (start: number, values: Float32Array, assignments: Int32Array) => void,
): Promise<void> {
  const { width } = points;
  for await (const { start, values } of readBlocks(points, n, near.breathe)) {
    const size = values.length / width;
    const breathe = (share?: number) =>
      near.breathe(share === undefined ? undefined : (start + Math.min(1, share) * size) / n);
    const tensor = tensor2d(values, [size, width]);
    try {
      const assignments = await nearestCentroids({ tensor, origin }, centroids, { ...near, breathe });
      visit(start, values, assignments);
    } finally {
      tensor.dispose();
    }
    await near.breathe((start + size) / n);
  }
}

/**
 * Passes over points in blocks: each pass reads them once, and holds one run of them at a time, on the device and on the host.
 *
 * Sums go over the points in their order, in float64, as those of points in memory do.
 */
export function blockPasses(
  blocks: KnownBlocks,
  k: number,
  weights: Float32Array | null,
  near: NearestOptions,
): Passes {
  const { n, origin } = blocks;
  const { width } = blocks.points;
  const assignments = new Int32Array(n).fill(-1);
  const sums = new Float64Array(k * width);
  const masses = new Float64Array(k);
  /** The points' squares, the same in each pass. */
  let squares = near.spherical ? 0 : null;

  return {
    async pass(centroids) {
      sums.fill(0);
      masses.fill(0);
      let changed = 0;
      let total = 0;
      await visitNearest(blocks, centroids, near, (start, values, found) => {
        if (squares === null) total = squaresAbout(origin, values, weights?.subarray(start) ?? null, total);
        for (let i = 0; i < found.length; i++) {
          const cluster = found[i]!;
          const weight = weights ? weights[start + i]! : 1;
          if (assignments[start + i] !== cluster) changed++;
          assignments[start + i] = cluster;
          masses[cluster]! += weight;
          addRow(sums, cluster * width, values, i * width, width, weight);
        }
      });
      squares ??= total;
      const objective = objectiveOf(centroids, { sums, masses }, { origin, squares, spherical: near.spherical });
      return { assignments, changed, sums, masses, objective };
    },
    dispose() {},
  };
}
