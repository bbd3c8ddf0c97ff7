// k-means in TypeScript: ours-kmeans.ts '<clustering as JSON>' <file of points> <threads> native|wasm|ml-kmeans.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { hierarchicalKMeans, kMeans } from '@hcsc/kmeans';
import { startRuntime } from '@hcsc/runtime';
import { slice, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { kmeans } from 'ml-kmeans';
import type { Clustering } from '../point-sets.js';

const [json, file, threads, how] = process.argv.slice(2);
const { points: n, width, clusters, iterations, restarts } = JSON.parse(json!) as Clustering;
const k = clusters[0]!;
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** Clusters once; the mean squared distance of a point to its centroid, which need not be computed within `timed`. */
type Step = (timed: <T>(work: () => T | Promise<T>) => Promise<T>) => Promise<number>;

function readPoints(): Float32Array {
  const { buffer, byteOffset } = readFileSync(file!);
  return new Float32Array(buffer, byteOffset, n * width);
}

/** Flat, from the first points. */
function flat(points: Tensor2D): Step {
  const initialCentroids = slice(points, [0, 0], [k, width]);
  const options = { iterations, initialCentroids, maxPointsPerCentroid: n };
  return async (timed) => {
    const found = await timed(() => kMeans(points, k, options));
    const distances = (await found.distances.data()) as Float32Array;
    found.dispose();
    return distances.reduce((sum, distance) => sum + distance, 0) / n;
  };
}

/** The recipe's hierarchy; the mean over its levels, of each the least before an update. */
function hierarchy(points: Tensor2D): Step {
  return async (timed) => {
    const least = clusters.map(() => Number.POSITIVE_INFINITY);
    const onIteration = ({ level, objective }: { level: number; objective: number }) => {
      least[level] = Math.min(least[level]!, objective);
    };
    // As the peers do: a point's prototype above the first level is its ancestor.
    const options = { iterations, restarts, assignment: 'tree', onIteration } as const;
    (await timed(() => hierarchicalKMeans(points, clusters, options))).dispose();
    return least.reduce((sum, objective, l) => sum + objective / (l === 0 ? n : clusters[l - 1]!), 0) / clusters.length;
  };
}

/** npm's ml-kmeans, from the first points. */
function mlKMeans(values: Float32Array): Step {
  const points = Array.from({ length: n }, (_, i) => Array.from(values.subarray(i * width, (i + 1) * width)));
  const options = { maxIterations: iterations, tolerance: 0, initialization: points.slice(0, k) };
  return async (timed) => {
    const { centroids } = await timed(() => kmeans(points, k, options));
    const distance = (x: number[], c: number[]) => x.reduce((sum, value, j) => sum + (value - c[j]!) ** 2, 0);
    const nearest = (x: number[]) => centroids.reduce((least, c) => Math.min(least, distance(x, c)), Infinity);
    return points.reduce((sum, x) => sum + nearest(x), 0) / n;
  };
}

async function prepare(): Promise<{ version: string; step: Step; stop?: () => void }> {
  if (how === 'ml-kmeans') {
    const manifest = createRequire(import.meta.resolve('ml-kmeans'))('../package.json') as { version: string };
    return { version: `${manifest.version}, Node ${process.version}`, step: mlKMeans(readPoints()) };
  }
  const backend = how as 'native' | 'wasm';
  const runtime = await startRuntime({ backend, threads: Number(threads), log: () => {} });
  const points = tensor2d(readPoints(), [n, width]);
  const version = runtime.info.tensorflow ? `TensorFlow ${runtime.info.tensorflow}` : runtime.backend;
  return {
    version: `${version}, Node ${process.version}`,
    step: clusters.length > 1 ? hierarchy(points) : flat(points),
    stop: () => runtime.stop(),
  };
}

const { version, step, stop } = await prepare();
// What was read is not held while memory is measured.
setFlagsFromString('--expose-gc');
(runInNewContext('gc') as () => void)();
say({ version, parameters: 0 });
for await (const line of createInterface({ input: process.stdin })) {
  const count = Number(line);
  let loss = Number.NaN;
  let seconds = 0;
  for (let i = 0; i < count; i++) {
    loss = await step(async (work) => {
      const started = performance.now();
      const result = await work();
      seconds += (performance.now() - started) / 1000;
      return result;
    });
  }
  say({ imagesPerSecond: (count * n) / seconds, loss });
}
stop?.();
