import { readFileSync } from 'node:fs';
import { type HierarchyIteration, type HierarchyOptions, hierarchicalKMeans } from '@hcsc/kmeans';
import { createRng } from '@hcsc/random';
import { startRuntime } from '@hcsc/runtime';
import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { type Clustering, pointsFile } from './point-sets.js';
import { median, type Row } from './results.js';

/** How far features move from one epoch to the next: their length is 1. */
const MOVED = 0.1;
/** As good: times the mean squared distance at the first level. */
const SAME = 1.001;
/** Iterations of a warm start that are tried, until it is as good as a cold one. */
const TRIED = [1, 2, 3, 4, 5, 6, 8, 10, 15, 20];

/** The same points after a step of `MOVED` each in some direction, of length 1 again. */
function movedOn(values: Float32Array, width: number): Float32Array {
  const rng = createRng(1);
  const moved = values.map((value) => value + (MOVED / Math.sqrt(width)) * rng.normal());
  for (let start = 0; start < moved.length; start += width) {
    const row = moved.subarray(start, start + width);
    const length = Math.hypot(...row);
    for (let j = 0; j < width; j++) row[j]! /= length;
  }
  return moved;
}

/** The seconds that a hierarchy takes, and the mean squared distance at each level, the least before an update. */
async function cluster(points: Tensor2D, clusters: readonly number[], options: HierarchyOptions) {
  const least = clusters.map(() => Number.POSITIVE_INFINITY);
  const onIteration = ({ level, objective }: HierarchyIteration) => {
    least[level] = Math.min(least[level]!, objective);
  };
  const started = performance.now();
  const hierarchy = await hierarchicalKMeans(points, clusters, { ...options, onIteration });
  const seconds = (performance.now() - started) / 1000;
  const objective = least.map((sum, level) => sum / (level === 0 ? points.shape[0] : clusters[level - 1]!));
  return { hierarchy, seconds, objective };
}

/**
 * Ours from the last epoch's hierarchy, against ours from random points with the recipe's iterations and restarts: the
 * fewest iterations of a warm start whose first level is as good. The others cluster prototypes, which are not the same ones.
 */
export async function warmRow(clustering: Clustering, threads: number, rounds: number): Promise<Row> {
  const { points: n, width, clusters, iterations, restarts } = clustering;
  const runtime = await startRuntime({ backend: 'native', threads, log: () => {} });
  const { buffer, byteOffset } = readFileSync(pointsFile(clustering));
  const values = new Float32Array(buffer, byteOffset, n * width);
  const points = [tensor2d(values, [n, width]), tensor2d(movedOn(values, width), [n, width])] as const;
  try {
    const last = (await cluster(points[0], clusters, { iterations, restarts })).hierarchy;
    const cold = async () => {
      const found = await cluster(points[1], clusters, { iterations, restarts });
      found.hierarchy.dispose();
      return found;
    };
    const warm = async (fewer: number) => {
      const found = await cluster(points[1], clusters, { iterations: fewer, warmStart: last });
      found.hierarchy.dispose();
      return found;
    };
    const { objective } = await cold();
    const objectives: Record<string, number[]> = { cold: objective };
    let enough: number | undefined;
    for (const tried of TRIED) {
      const reached = (await warm(tried)).objective;
      objectives[`warm, ${tried}`] = reached;
      if (reached[0]! > SAME * objective[0]!) continue;
      enough = tried;
      break;
    }
    const times = { cold: [] as number[], warm: [] as number[] };
    for (let round = 0; round < rounds && enough !== undefined; round++) {
      times.cold.push((await cold()).seconds);
      times.warm.push((await warm(enough)).seconds);
    }
    last.dispose();
    const [colds, warms] = enough === undefined ? [null, null] : [median(times.cold), median(times.warm)];
    const spread = (of: number[]) => [Math.min(...of), Math.max(...of)] as const;
    return {
      name: `k-means, ${n} x ${width} to ${clusters.join(', ')}, warm start, ${enough ?? '?'} iterations, ours, native`,
      unit: 's',
      ours: warms,
      ...(warms === null && { missing: 'no number of iterations that was tried is enough' }),
      peers: { [`ours, cold, ${iterations} iterations, ${restarts} runs`]: colds ?? 'not timed' },
      against: 'the cold start',
      ratio: colds && warms && colds / warms,
      spread: warms === null ? null : spread(times.warm),
      target: null,
      details: { id: 'warm', rounds, moved: MOVED, iterations: enough, meanSquaredDistance: objectives },
    };
  } finally {
    points[0].dispose();
    points[1].dispose();
    runtime.stop();
  }
}
