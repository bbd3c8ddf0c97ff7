import { dispose, gather, memory, type Tensor, type Tensor2D, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assignNearest } from './assign-nearest.js';
import { type HierarchyLevel, hierarchicalKMeans, kMeans, readHierarchy, treeLevels } from './index.js';
import { unitFeatures } from './unit-features.fixture.js';

const rows = (tensor: Tensor) => tensor.arraySync() as number[][];
const numbers = (tensor: Tensor) => Array.from(tensor.dataSync());
const indices = (n: number) => Array.from({ length: n }, (_, i) => i);
const dot = (a: number[], b: number[]) => a.reduce((sum, value, j) => sum + value * b[j]!, 0);
const distance = (a: number[], b: number[]) => Math.hypot(...a.map((value, j) => value - b[j]!));
const best = (ids: number[], score: (id: number) => number) => ids.reduce((a, b) => (score(b) > score(a) ? b : a));
const aliveOf = (level: HierarchyLevel) => numbers(level.alive!);

let before = 0;
beforeEach(() => {
  before = memory().numTensors;
});
afterEach(() => {
  expect(memory().numTensors).toBe(before);
});

/** φ of the living, the rest being the temperature. */
function slowPhi(found: { centroids: number[][]; members: Map<number, number>; points: number[][] }, alive: number[]) {
  const living = indices(alive.length).filter((c) => alive[c] === 1);
  const raw = living.map((c) => {
    const own = [...found.members].filter(([, cluster]) => cluster === c).map(([point]) => found.points[point]!);
    const sum = own.reduce((total, point) => total + distance(point, found.centroids[c]!), 0);
    return own.length > 1 ? sum / (own.length * Math.log(own.length + 10)) : null;
  });
  const largest = Math.max(...raw.map((value) => value ?? 0));
  if (largest === 0) return alive.map(() => 0.2);
  const filled = raw.map((value) => value ?? largest);
  const sorted = [...filled].sort((a, b) => a - b);
  const percentile = (share: number) => {
    const place = share * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
    return low + (high - low) * (place - Math.floor(place));
  };
  const clipped = filled.map((value) => Math.max(percentile(0.1), Math.min(percentile(0.9), value)));
  const mean = clipped.reduce((a, b) => a + b) / clipped.length;
  return alive.map((flag, c) => (flag === 1 ? (0.2 * clipped[living.indexOf(c)]!) / mean : 0.2));
}

test.each([
  { assignment: 'nearest', clusters: [30, 24, 4] },
  { assignment: 'tree', clusters: [30, 24, 4] },
  { assignment: 'tree', clusters: [30, 7, 3] },
] as const)('small clusters are out, and their members go to the next: %o', async ({ assignment, clusters }) => {
  const features = unitFeatures(260, 12, 1);
  const minMembers = 9;
  const { levels, ...hierarchy } = await hierarchicalKMeans(features, clusters, {
    ...{ assignment, seed: 5, smallClusters: 'drop', minMembers },
  });
  expect(levels.map(({ centroids }) => centroids.shape)).toEqual(clusters.map((k) => [k, 12]));
  const tree = await treeLevels({ levels, ...hierarchy });

  let points: Tensor2D = features;
  let clustered = indices(260); // the rows of `points` that are alive
  let ancestors = indices(260);
  for (const [l, k] of clusters.entries()) {
    const level = levels[l]!;
    // The level once more, from k-means of the points that are left.
    const taken = tidy(() => gather(points, tensor1d(clustered, 'int32')));
    const live = Math.min(k, clustered.length);
    const found = await kMeans(taken, live, { iterations: 20, restarts: 5, seed: 5 + l, maxPointsPerCentroid: 1000 });
    const centroids = rows(found.centroids);
    const clusterOf = new Map(numbers(found.assignments).map((cluster, i) => [clustered[i]!, cluster]));
    const images = indices(k).map((c) => ancestors.filter((ancestor) => clusterOf.get(ancestor) === c).length);
    const alive = images.map((count) => (count >= minMembers ? 1 : 0));
    expect(aliveOf(level)).toEqual(alive);

    const living = indices(k).filter((c) => alive[c] === 1);
    const all = rows(points);
    const members = all.map((point, i) => {
      const cluster = clusterOf.get(i);
      return cluster !== undefined && alive[cluster] === 1
        ? cluster
        : best(living, (c) => -distance(point, centroids[c]!));
    });
    if (l > 0) expect(numbers(levels[l - 1]!.parents!)).toEqual(members);
    ancestors = ancestors.map((ancestor) => members[ancestor]!);
    if (assignment === 'tree') expect([...tree[l]!]).toEqual(ancestors);

    const phi = numbers(level.concentration);
    const own = new Map(clustered.map((i) => [i, members[i]!]));
    expect(phi).toBeAllclose(slowPhi({ centroids, members: own, points: all }, alive), 1e-5);
    const prototypes = rows(level.centroids);
    prototypes.forEach((prototype, c) => {
      const centroid = centroids[c < live ? c : living[c % living.length]!]!;
      const length = Math.hypot(...centroid);
      expect(prototype).toBeAllclose(
        centroid.map((value) => value / length),
        1e-5,
      );
    });

    const assigned = numbers(level.assignments);
    if (assignment === 'tree') expect(assigned).toEqual(ancestors);
    else {
      rows(features).forEach((feature, i) => {
        const scores = living.map((c) => dot(feature, prototypes[c]!) / phi[c]!);
        expect(alive[assigned[i]!]).toBe(1);
        expect(dot(feature, prototypes[assigned[i]!]!) / phi[assigned[i]!]!).toBeGreaterThan(
          Math.max(...scores) - 1e-4,
        );
      });
    }
    expect(numbers(level.counts)).toEqual(indices(k).map((c) => assigned.filter((a) => a === c).length));
    found.dispose();
    taken.dispose();
    [points, clustered] = [level.centroids, living];
  }
  // What was to be seen: some are dropped, and fewer are left than the next level has prototypes.
  const left = levels.map((level) => aliveOf(level).filter((flag) => flag === 1).length);
  expect(left[0]! > clusters[2] && left[0]! < 24).toBe(true);
  expect(left.slice(1)).toEqual([Math.min(left[0]!, clusters[1]), clusters[2]]);
  hierarchy.dispose();
  features.dispose();
});

test('nothing dropped: the same bits as without dropping, and a mask of ones', async () => {
  const features = unitFeatures(150, 8, 3);
  for (const assignment of ['nearest', 'tree'] as const) {
    const keep = await hierarchicalKMeans(features, [12, 5], { assignment });
    const drop = await hierarchicalKMeans(features, [12, 5], { assignment, smallClusters: 'drop', minMembers: 1 });
    keep.levels.forEach(({ alive, ...level }, l) => {
      expect(alive).toBeNull();
      const { alive: mask, ...other } = drop.levels[l]!;
      expect([mask!.dtype, numbers(mask!)]).toEqual(['float32', new Array(level.counts.size).fill(1)]);
      for (const [field, tensor] of Object.entries(level)) {
        expect(other[field as 'counts']?.dataSync() ?? null).toEqual(tensor?.dataSync() ?? null);
      }
    });
    keep.dispose();
    drop.dispose();
  }
  features.dispose();
});

test('clusters without members are dropped too', async () => {
  const same = tensor2d(new Array(30).fill([0.6, 0.8, 0]));
  const hierarchy = await hierarchicalKMeans(same, [5, 2], { smallClusters: 'drop' });
  const [first, second] = hierarchy.levels;
  expect([aliveOf(first!), aliveOf(second!)]).toEqual([
    [1, 0, 0, 0, 0],
    [1, 0],
  ]);
  expect(numbers(first!.counts)).toEqual([30, 0, 0, 0, 0]);
  expect(numbers(first!.parents!)).toEqual([0, 0, 0, 0, 0]);
  for (const { centroids, concentration } of hierarchy.levels) {
    for (const row of rows(centroids)) expect(Math.hypot(...row)).toBeCloseTo(1, 5);
    expect(concentration).toBeAllclose(
      numbers(concentration).map(() => 0.2),
      1e-6,
    );
  }
  const tree = await readHierarchy(hierarchy);
  expect([tree.roots(), tree.children(1, 0), tree.children(1, 1)].map((ids) => [...ids])).toEqual([[0], [0], []]);
  expect([tree.parent(0, 0), tree.parent(0, 1)]).toEqual([0, null]);
  expect([...tree.members(0, 3)]).toEqual([]);
  expect(await tree.nearest(0, 3, 2, same)).toEqual([]);
  expect(tree.toJSON()).toMatchObject([{ prototype: 0, count: 30, children: [{ prototype: 0, children: [] }] }]);
  hierarchy.dispose();
  same.dispose();
});

test('all too small: an error that says how large they are', async () => {
  const features = unitFeatures(40, 6, 4);
  await expect(hierarchicalKMeans(features, [40, 2], { smallClusters: 'drop' })).rejects.toThrow(
    new RangeError(
      "Cannot drop the clusters of fewer than 10 images at level 0: none of 40 has more than 1; give fewer clusters, a smaller minMembers, or smallClusters: 'keep'",
    ),
  );
  features.dispose();
});

test('other features are nobody’s who is dropped', async () => {
  const features = unitFeatures(60, 6, 4);
  const hierarchy = await hierarchicalKMeans(features, [12]);
  const [level] = hierarchy.levels;
  const alive = tensor1d(indices(12).map((c) => (c % 3 === 0 ? 0 : 1)));
  const [none, short] = [tensor1d(new Array(12).fill(0)), tensor1d([1])];
  const assigned = await assignNearest(features, { ...level!, alive });
  const [prototypes, phi] = [rows(level!.centroids), numbers(level!.concentration)];
  const living = indices(12).filter((c) => c % 3 !== 0);
  const expected = rows(features).map((feature) => best(living, (c) => dot(feature, prototypes[c]!) / phi[c]!));
  expect(numbers(assigned)).toEqual(expected);
  await expect(assignNearest(features, { ...level!, alive: none })).rejects.toThrow('to 12 prototypes, all dropped');
  await expect(assignNearest(features, { ...level!, alive: short })).rejects.toThrow('alive must be [12]');
  hierarchy.dispose();
  dispose([features, alive, none, short, assigned]);
});
