import { dispose, memory, type Tensor, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assignNearest } from './assign-nearest.js';
import { concentration } from './concentration.js';
import { hierarchicalKMeans } from './hierarchical-k-means.js';
import type { HierarchyIteration, HierarchyOptions } from './hierarchy-options.js';
import { kMeans } from './k-means.js';
import { normalizeRows } from './normalize-rows.js';
import { unitFeatures } from './unit-features.fixture.js';

const rows = (tensor: Tensor) => tensor.arraySync() as number[][];
const numbers = (tensor: Tensor) => Array.from(tensor.dataSync());
const dot = (a: number[], b: number[]) => a.reduce((sum, value, j) => sum + value * b[j]!, 0);

let before = 0;
beforeEach(() => {
  before = memory().numTensors;
});
afterEach(() => {
  expect(memory().numTensors).toBe(before);
});

test.each(['nearest', 'tree'] as const)('%s: levels are what their definition says', async (assignment) => {
  const features = unitFeatures(260, 12, 1);
  const clusters = [30, 12, 4];
  const hierarchy = await hierarchicalKMeans(features, clusters, { assignment, seed: 5, temperature: 0.3 });
  const { levels } = hierarchy;
  expect(levels.map((level) => level.centroids.shape)).toEqual([
    [30, 12],
    [12, 12],
    [4, 12],
  ]);
  expect(levels.map((level) => level.parents?.shape ?? null)).toEqual([[30], [12], null]);
  expect(memory().numTensors).toBe(before + 1 + 5 + 5 + 4);

  let input = features;
  let ancestors: number[] = [];
  for (const [l, level] of levels.entries()) {
    // The level once more, from k-means itself.
    const options = { iterations: 20, restarts: 5, seed: 5 + l, maxPointsPerCentroid: 1000 };
    const found = await kMeans(input, clusters[l]!, options);
    const members = numbers(found.assignments);
    const phi = await concentration(found.distances, found.assignments, clusters[l]!, { temperature: 0.3 });
    const unit = normalizeRows(Float32Array.from(numbers(found.centroids)), 12);
    expect(level.centroids).toBeAllclose(unit, 0);
    expect(level.concentration).toBeAllclose(phi, 0);
    if (l > 0) expect(numbers(levels[l - 1]!.parents!)).toEqual(members);
    ancestors = l === 0 ? members : ancestors.map((child) => members[child]!);

    const prototypes = rows(level.centroids);
    const temperatures = numbers(level.concentration);
    const assigned = numbers(level.assignments);
    if (assignment === 'tree') expect(assigned).toEqual(ancestors);
    else {
      rows(features).forEach((feature, i) => {
        const scores = prototypes.map((prototype, c) => dot(feature, prototype) / temperatures[c]!);
        expect(scores[assigned[i]!]!).toBeGreaterThanOrEqual(Math.max(...scores) - 1e-5);
      });
    }
    expect(numbers(level.counts)).toEqual(prototypes.map((_, c) => assigned.filter((a) => a === c).length));
    expect([level.assignments.dtype, level.counts.dtype, level.parents?.dtype ?? 'int32']).toEqual(
      new Array(3).fill('int32'),
    );
    found.dispose();
    phi.dispose();
    input = level.centroids;
  }
  hierarchy.dispose();
  features.dispose();
});

test('both assignments share one tree, and differ', async () => {
  const features = unitFeatures(300, 8, 2);
  const nearest = await hierarchicalKMeans(features, [25, 8]);
  const tree = await hierarchicalKMeans(features, [25, 8], { assignment: 'tree' });
  expect(numbers(tree.levels[0]!.parents!)).toEqual(numbers(nearest.levels[0]!.parents!));
  expect(numbers(tree.levels[1]!.centroids)).toEqual(numbers(nearest.levels[1]!.centroids));
  expect(numbers(tree.levels[1]!.concentration)).toEqual(numbers(nearest.levels[1]!.concentration));
  expect(numbers(tree.levels[1]!.assignments)).not.toEqual(numbers(nearest.levels[1]!.assignments));
  nearest.dispose();
  tree.dispose();
  features.dispose();
});

test('equal seeds give equal bits, other seeds other prototypes', async () => {
  const features = unitFeatures(150, 8, 3);
  // What is undefined counts as not given.
  const again1 = {
    seed: 1,
    blockSize: 11,
    iterations: undefined,
    restarts: undefined,
    maxPointsPerCentroid: undefined,
  };
  const options = [{ seed: 1 }, again1, { seed: 2 }];
  const found = await Promise.all(options.map((option) => hierarchicalKMeans(features, [20, 6], option)));
  const [first, again, other] = found.map(({ levels }) =>
    levels.map((level) => [level.centroids, level.assignments, level.concentration].map(numbers)),
  );
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
  for (const hierarchy of found) hierarchy.dispose();
  features.dispose();
});

test('assigns features it was not made from', async () => {
  const features = unitFeatures(150, 8, 4);
  const others = unitFeatures(40, 8, 5);
  const hierarchy = await hierarchicalKMeans(features, [20]);
  const [level] = hierarchy.levels;
  const assigned = await assignNearest(others, level!, { blockSize: 7 });
  const [prototypes, phi] = [rows(level!.centroids), numbers(level!.concentration)];
  rows(others).forEach((feature, i) => {
    const scores = prototypes.map((prototype, c) => dot(feature, prototype) / phi[c]!);
    expect(scores[numbers(assigned)[i]!]!).toBeGreaterThanOrEqual(Math.max(...scores) - 1e-5);
  });
  const same = await assignNearest(features, level!);
  expect(numbers(same)).toEqual(numbers(level!.assignments));
  await expect(assignNearest(others, level!, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  const wide = unitFeatures(3, 9, 6);
  const tooFew = { centroids: level!.centroids, concentration: level!.parents ?? same };
  await expect(assignNearest(wide, level!)).rejects.toThrow('must have the same width, got [3,9] and [20,8]');
  await expect(assignNearest(others, tooFew)).rejects.toThrow(
    'concentration must be [20], one for each centroid, got [150]',
  );
  await expect(assignNearest(others, level!, { blockSize: 0 })).rejects.toThrow('blockSize must be');
  hierarchy.dispose();
  dispose([features, others, assigned, same, wide]);
});

test('levels of singletons, and identical features, stay finite', async () => {
  const features = unitFeatures(8, 4, 7);
  const same = tensor2d(new Array(30).fill([0.6, 0.8, 0]));
  for (const hierarchy of [
    await hierarchicalKMeans(features, [8, 8, 3, 1]),
    await hierarchicalKMeans(same, [5, 2], { assignment: 'tree' }),
    await hierarchicalKMeans(same, [5, 2]),
  ]) {
    for (const level of hierarchy.levels) {
      for (const value of [...numbers(level.centroids), ...numbers(level.concentration)]) {
        expect(Number.isFinite(value)).toBe(true);
      }
      expect(Math.min(...numbers(level.concentration))).toBeGreaterThan(0);
      const total = numbers(level.counts).reduce((a, b) => a + b);
      expect(total).toBe(level.assignments.size);
    }
    hierarchy.dispose();
  }
  const [first] = (await hierarchicalKMeans(features, [8])).levels;
  expect(first!.concentration).toBeAllclose(new Array(8).fill(0.2), 1e-6);
  dispose([features, same, first!.centroids, first!.assignments, first!.concentration, first!.counts]);
});

test('reports iterations with their level, and few images at the first level only', async () => {
  const features = unitFeatures(100, 6, 8);
  const iterations: HierarchyIteration[] = [];
  const warnings: string[] = [];
  const hierarchy = await hierarchicalKMeans(features, [11, 4], {
    iterations: 3,
    restarts: 2,
    onIteration: (iteration) => iterations.push(iteration),
    onWarning: (message) => warnings.push(message),
  });
  expect(iterations.map((it) => [it.level, it.restart, it.iteration])).toEqual(
    [0, 1].flatMap((level) => [0, 1].flatMap((restart) => [0, 1, 2].map((iteration) => [level, restart, iteration]))),
  );
  expect(warnings).toEqual([expect.stringContaining('Few points for 11 clusters: got 100')]);
  hierarchy.dispose();
  features.dispose();
});

test('stops for a signal in any level, and leaves nothing behind', async () => {
  const features = unitFeatures(120, 6, 9);
  for (const at of [0, 1, 2]) {
    const controller = new AbortController();
    const run = hierarchicalKMeans(features, [20, 8, 3], {
      signal: controller.signal,
      onIteration: ({ level }) => level === at && controller.abort(),
    });
    await expect(run).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(memory().numTensors).toBe(before + 1);
  }
  features.dispose();
});

test('refuses what makes no hierarchy, and says why', async () => {
  const features = unitFeatures(30, 4, 10);
  const long = tensor2d([0.6, 0.8, 3, 4], [2, 2]);
  const broken = tensor2d([1, 0, Number.NaN, 0], [2, 2]);
  const start = unitFeatures(5, 4, 11);
  const bad = 'sideways' as never;
  const cases: [Tensor2D, number[], HierarchyOptions, string][] = [
    [features, [], {}, 'clusters must name at least one level, got []'],
    [
      features,
      [10, 40],
      {},
      'clusters must go down from level to level, finest first, got [10, 40]: level 1 clusters the 10 prototypes below it into 40',
    ],
    [
      features,
      [40, 10],
      {},
      'Cannot cluster 30 features into 40 clusters: give at least 40 features, or fewer clusters',
    ],
    [features, 10 as never, {}, 'clusters must be a list, such as [3000, 2000, 1000], got Number'],
    [features, [10, 0], {}, 'clusters[1] must be an integer of at least 1, got 0'],
    [features, [10, 2.5], {}, 'clusters[1] must be an integer'],
    [long, [1], {}, 'features must be L2-normalised, each row of length 1 within 0.001, got length 5 in row 1'],
    [broken, [1], {}, 'features must be finite and at most'],
    [broken, [1], { check: false }, 'points must be finite and at most'],
    [features, [5], { temperature: -1 }, 'temperature must be a number above 0, got -1'],
    [features, [5], { smoothing: Number.NaN }, 'smoothing must be a number of at least 0, got NaN'],
    [features, [5], { restarts: 0 }, 'restarts must be an integer of at least 1, got 0'],
    [features, [5], { seed: -3 }, 'seed must be an integer of at least 0, got -3'],
    [features, [5], { assignment: bad }, "assignment must be 'nearest' or 'tree', got 'sideways'"],
    [
      features,
      [5, 2],
      { initialCentroids: [start] },
      'initialCentroids must hold one matrix for each of 2 levels, got 1',
    ],
    [features, [6], { initialCentroids: [start] }, 'initialCentroids[0] must have shape [6, 4]'],
    [features, [5], { smallClusters: bad }, "smallClusters must be 'keep' or 'drop', got 'sideways'"],
    [features, [5], { minMembers: 0 }, 'minMembers must be an integer of at least 1, got 0'],
    [features, [5], { clipPercentiles: [90, 10] }, 'clipPercentiles must be two numbers from 0 to 100'],
    [features, [5], { floor: 0 }, 'floor must be a number above 0 and at most 1, got 0'],
    [features, [5], { initialCentroids: [start], restarts: 3 }, 'Cannot make 3 runs from the same initialCentroids'],
  ];
  const inputs = memory().numTensors;
  for (const [input, clusters, options, message] of cases) {
    await expect(hierarchicalKMeans(input, clusters, options), message).rejects.toThrow(message);
  }
  expect(memory().numTensors).toBe(inputs);

  const unchecked = await hierarchicalKMeans(long, [1], { check: false });
  expect(unchecked.levels).toHaveLength(1);
  unchecked.dispose();
  dispose([features, long, broken, start]);
});
