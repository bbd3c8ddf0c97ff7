import type { Breathe } from '../breather.js';
import { distancesToCentroids } from '../distances-to-centroids.js';
import { matrixSource } from '../memory-source.js';
import type { NearestOptions } from '../nearest-centroids.js';
import { createMoments } from '../point-set.js';
import type { PointSource } from '../point-source.js';
import type { PointBlocks } from '../points.js';
import { randomOrder } from '../random-order.js';
import { blockPasses, type KnownBlocks, visitNearest } from './block-passes.js';
import { readBlocks } from './read-blocks.js';

/** k-means++ looks at a sample of so many points for each centroid, and at these at least. */
const SAMPLE_EACH = 32;
const SAMPLE_LEAST = 16384;

/** Reads points once to count and check them, and for their moments. */
export async function knowBlocks(points: PointBlocks, breathe: Breathe): Promise<KnownBlocks> {
  const { width } = points;
  const sums = createMoments(width);
  let n = 0;
  for await (const { values } of readBlocks(points, null, breathe)) {
    sums.add(values);
    n += values.length / width;
  }
  return { points, n, ...sums.moments() };
}

/** Reads points once, to copy the rows that are named, in the order given. */
async function gatherRows({ points, n }: KnownBlocks, order: Int32Array, breathe: Breathe): Promise<Float32Array> {
  const { width } = points;
  const taken = new Float32Array(order.length * width);
  /** The places of `order`, by the rows that they name. */
  const places = Int32Array.from(order.keys()).sort((a, b) => order[a]! - order[b]!);
  let next = 0;
  for await (const { start, values } of readBlocks(points, n, breathe)) {
    for (; next < places.length; next++) {
      const from = (order[places[next]!]! - start) * width;
      if (from >= values.length) break;
      taken.set(values.subarray(from, from + width), places[next]! * width);
    }
  }
  return taken;
}

/** The points that k-means++ looks at: all, or a random sample without points of weight 0. */
function sampled(n: number, weights: Float32Array | null, count: number, seed: number): Int32Array {
  const most = Math.max(SAMPLE_LEAST, SAMPLE_EACH * count);
  if (n <= most) return Int32Array.from({ length: n }, (_, i) => i);
  const order = randomOrder(n, seed);
  return (weights ? order.filter((i) => weights[i]! > 0) : order).slice(0, most);
}

/** Points that are read anew for each pass; the rows that are asked for and subsets are in memory. */
export function blockSource(blocks: KnownBlocks, weights: Float32Array | null, near: NearestOptions): PointSource {
  const { n } = blocks;
  const { width } = blocks.points;
  const rows = (order: Int32Array) => gatherRows(blocks, order, () => near.breathe());
  const subset = async (order: Int32Array) =>
    matrixSource({ values: await rows(order), width }, weights && Float32Array.from(order, (i) => weights[i]!), near);
  return {
    n,
    width,
    weights,
    rows,
    subset,
    async spreadRows(count, placed, seed) {
      const sample = await subset(sampled(n, weights, count, seed));
      return sample.spreadRows(count, placed, seed).finally(() => sample.dispose());
    },
    passes: (k) => blockPasses(blocks, k, weights, near),
    async assign(centroids) {
      const assignments = new Int32Array(n);
      const distances = new Float32Array(n);
      await visitNearest(blocks, centroids, near, (start, values, found) => {
        assignments.set(found, start);
        distances.set(distancesToCentroids(values, centroids, found, near.spherical), start);
      });
      return { assignments, distances };
    },
    dispose() {},
  };
}
