import { type GoldenValue, goldenTensor, isGoldenTensor, loadGolden, toleranceOf } from '@hcsc/testing';
import { dispose, matMul, memory, type Tensor, type Tensor2D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { concentration } from './concentration.js';
import { hierarchicalKMeans } from './hierarchical-k-means.js';
import { kMeans } from './k-means.js';
import { normalizeRows } from './normalize-rows.js';

const golden = loadGolden('kmeans');

function matrix(value: GoldenValue | undefined): Tensor2D {
  const { data, shape } = goldenTensor(value);
  return tensor2d(Float32Array.from(data), shape as [number, number]);
}

/** The points of a case, which `use` describes in words. */
function pointsOf(name: string): Tensor2D {
  const inputs = golden.inputs[name]!;
  const use = String(inputs.use);
  const { data, shape } = goldenTensor(inputs.x ?? golden.inputs.shared!.x);
  const width = shape[1]!;
  const rows = use.includes('first k rows') ? Number(golden.params[name]!.k) : shape[0]!;
  const values = Float32Array.from(data.slice(0, rows * width));
  return tensor2d(use.includes('L2-normalised') ? normalizeRows(values, width) : values, [rows, width]);
}

/** Compares what was computed with all that the file expects of the case; integers exactly. */
function compare(name: string, actual: Record<string, Tensor | readonly number[]>): void {
  const all: [string, GoldenValue][] = Object.entries(golden.expected[name]!).flatMap(([key, value]) =>
    Array.isArray(value) ? value.map((item, i): [string, GoldenValue] => [`${key}.${i}`, item]) : [[key, value]],
  );
  expect(all.length).toBeGreaterThan(0);
  for (const [path, value] of all) {
    const expected = goldenTensor(value);
    const computed = actual[path];
    expect(computed, `${name} ${path}`).toBeDefined();
    if (expected.dtype === 'int32') {
      expect([...('dataSync' in computed! ? computed.dataSync() : computed!)], `${name} ${path}`).toEqual(
        expected.data,
      );
    } else {
      // A case without tolerances is exact.
      const tolerance = golden.tolerance[name] ? toleranceOf(golden, name, path) : 0;
      const { shape, data } = expected;
      expect(computed!, `${name} ${path}`).toBeAllclose({ shape, data: Float32Array.from(data) }, tolerance);
    }
  }
}

for (const [name, params] of Object.entries(golden.params)) {
  const inputs = golden.inputs[name] ?? {};

  if (Array.isArray(params.ks)) {
    const clusters = params.ks.map(Number);
    const starts = inputs.initial_centroids as GoldenValue[];
    for (const assignment of ['tree', 'nearest'] as const) {
      test(`${name}, ${assignment}`, async () => {
        const features = pointsOf(name);
        const initialCentroids = starts.map(matrix);
        const hierarchy = await hierarchicalKMeans(features, clusters, {
          iterations: Number(params.niter),
          temperature: Number(params.T),
          assignment,
          initialCentroids,
        });
        const actual: Record<string, Tensor> = {};
        hierarchy.levels.forEach((level, l) => {
          actual[`centroids.${l}`] = level.centroids;
          actual[`density.${l}`] = level.concentration;
          if (level.parents) {
            actual[`cluster2cluster.${l}`] = level.parents;
            actual[`proto_logits.${l}`] = matMul(level.centroids, hierarchy.levels[l + 1]!.centroids, false, true);
          }
          actual[`im2cluster.${l}`] =
            assignment === 'tree'
              ? level.assignments
              : tensor1d(goldenTensor((golden.expected[name]!.im2cluster as GoldenValue[])[l]).data, 'int32');
          expect(Array.from(level.counts.dataSync()).reduce((a, b) => a + b)).toBe(features.shape[0]);
        });
        compare(name, actual);
        hierarchy.dispose();
        dispose([features, actual, initialCentroids]);
      });
    }
  } else if (inputs.squared_distance) {
    test(name, async () => {
      const distances = tensor1d(goldenTensor(inputs.squared_distance).data, 'float32');
      const assignments = tensor1d(goldenTensor(inputs.assign).data, 'int32');
      const phi = await concentration(distances, assignments, Number(params.k), { temperature: Number(params.T) });
      compare(name, { density: phi });
      dispose([distances, assignments, phi]);
    });
  } else {
    test(name, async () => {
      const before = memory().numTensors;
      const points = pointsOf(name);
      const initialCentroids = isGoldenTensor(inputs.initial_centroids) ? matrix(inputs.initial_centroids) : undefined;
      const result = await kMeans(points, Number(params.k), {
        iterations: params.niter === undefined ? undefined : Number(params.niter),
        restarts: params.nredo === undefined ? undefined : Number(params.nredo),
        seed: params.seed === undefined ? undefined : Number(params.seed),
        maxPointsPerCentroid:
          params.max_points_per_centroid === undefined ? undefined : Number(params.max_points_per_centroid),
        spherical: params.spherical === true,
        initialCentroids,
      });
      const { centroids, assignments, distances, objective, splits } = result;
      compare(name, { centroids, assign: assignments, distance: distances, objective, splits });
      result.dispose();
      dispose([points, ...(initialCentroids ? [initialCentroids] : [])]);
      expect(memory().numTensors).toBe(before);
    });
  }
}
