import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { createRng } from '@hcsc/random';
import { peersFolder } from './python-peers.js';

/** Which points are clustered, and how. */
export interface Clustering {
  readonly id: string;
  readonly points: number;
  readonly width: number;
  /** Of each level; a single number is flat k-means. */
  readonly clusters: readonly number[];
  /** Gaussians that the points are drawn from, if not half as many as clusters. */
  readonly components?: number;
  readonly iterations: number;
  /** Runs per level, each from a start that the participant draws with seed 0; 1 starts at the first points. */
  readonly restarts: number;
  /** Clusterings in a round; without it as many as take `--seconds`. */
  readonly steps?: number;
  /** Rounds of a whole run. */
  readonly rounds: number;
  /** Times faiss; null if faiss is no peer. */
  readonly target: number | null;
  /** MiB above the points. */
  readonly memory?: number;
}

const a = { id: 'a', points: 60_000, width: 128, clusters: [3000], iterations: 10, restarts: 1 };
const d = { id: 'd', points: 5000, width: 64, clusters: [100], iterations: 10, restarts: 1 };

export const clusterings: readonly Clustering[] = [
  { ...a, steps: 1, rounds: 5, target: 2.5 },
  { ...a, id: 'b', clusters: [3000, 2000, 1000], iterations: 20, restarts: 5, steps: 1, rounds: 3, target: 2.5 },
  { ...a, id: 'c', points: 1_000_000, iterations: 5, steps: 1, rounds: 3, target: 2.5, memory: 1024 },
  { ...d, rounds: 5, target: 1 },
  { ...a, id: 'a-cut', points: 6000, clusters: [300], rounds: 5, target: null },
];

/** The same with few points and clusters, to see that it runs. */
export function cutDown(full: Clustering): Clustering {
  const clusters = full.clusters.map((k) => Math.ceil(k / 20));
  return { ...full, points: Math.min(3000, full.points), clusters, iterations: 3, rounds: 2, target: full.target };
}

/**
 * A file of points for a clustering, float32, row by row; made if it is not there.
 *
 * Unit-length rows, drawn one by one from a mixture of Gaussians, which overlap, half as many as there are clusters: the
 * first rows are as random a start as any.
 */
export function pointsFile({ points, width, clusters, components: given }: Clustering): string {
  const components = given ?? Math.max(2, Math.round(clusters[0]! / 2));
  const folder = `${peersFolder}/points`;
  const path = `${folder}/${points}x${width}-${components}.f32`;
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const rng = createRng(0);
  const means = Float32Array.from({ length: components * width }, () => rng.normal());
  const file = openSync(`${path}.part`, 'w');
  const row = new Float32Array(width);
  const block = new Float32Array(1000 * width);
  for (let start = 0; start < points; start += 1000) {
    const rows = Math.min(1000, points - start);
    for (let i = 0; i < rows; i++) {
      const mean = rng.integer(components) * width;
      for (let j = 0; j < width; j++) row[j] = means[mean + j]! + rng.normal();
      const length = Math.hypot(...row);
      for (let j = 0; j < width; j++) block[i * width + j] = row[j]! / length;
    }
    writeSync(file, block.subarray(0, rows * width));
  }
  closeSync(file);
  renameSync(`${path}.part`, path);
  return path;
}
