import { memory, type Tensor, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hierarchicalKMeans } from '../hierarchical-k-means.js';
import type { Hierarchy } from '../hierarchy.js';
import { mersenneTwister } from '../mersenne-twister.js';
import { normalizeRows } from '../normalize-rows.js';
import type { HierarchyTree } from './hierarchy-tree.js';
import { readHierarchy } from './read-hierarchy.js';

const N = 240;
const D = 6;
const CLUSTERS = [24, 9, 3];

/** Random unit vectors: clusters that overlap, so that `'nearest'` and `'tree'` differ. */
function unitFeatures(seed: number): Tensor2D {
  const draw = mersenneTwister(seed);
  const values = Float32Array.from({ length: N * D }, () => draw() / 2 ** 32 - 0.5);
  return tensor2d(normalizeRows(values, D), [N, D]);
}

const numbers = (tensor: Tensor) => Array.from(tensor.dataSync());
const rows = (tensor: Tensor) => tensor.arraySync() as number[][];
const indices = (n: number) => Array.from({ length: n }, (_, i) => i);
const dot = (a: number[], b: number[]) => a.reduce((sum, value, j) => sum + value * b[j]!, 0);
const total = (values: Iterable<number>) => [...values].reduce((sum, value) => sum + value, 0);

let before = 0;
beforeEach(() => {
  before = memory().numTensors;
});
afterEach(() => {
  expect(memory().numTensors).toBe(before);
});

describe.each(['nearest', 'tree'] as const)('%s', (assignment) => {
  /** Runs with a hierarchy's own tensors beside the tree that was read from it. */
  const withTree = async (use: (tree: HierarchyTree, hierarchy: Hierarchy, features: Tensor2D) => unknown) => {
    const features = unitFeatures(1);
    const hierarchy = await hierarchicalKMeans(features, CLUSTERS, { assignment });
    try {
      await use(await readHierarchy(hierarchy), hierarchy, features);
    } finally {
      hierarchy.dispose();
      features.dispose();
    }
  };

  test('the members of a level are a partition, and what a filter of the assignments finds', () =>
    withTree((tree, { levels }) => {
      expect(tree.points).toBe(N);
      levels.forEach((level, l) => {
        const assigned = numbers(level.assignments);
        const members = indices(CLUSTERS[l]!).map((prototype) => [...tree.members(l, prototype)]);
        expect(members.flat().sort((a, b) => a - b)).toEqual(indices(N));
        members.forEach((found, prototype) => {
          expect(found).toEqual(indices(N).filter((point) => assigned[point] === prototype));
        });
        expect(members.map((found) => found.length)).toEqual(numbers(level.counts));
        expect([...tree.levels[l]!.counts]).toEqual(numbers(level.counts));
        expect([...tree.levels[l]!.concentration]).toEqual(numbers(level.concentration));
      });
    }));

  test('children and parents are each other’s inverse', () =>
    withTree((tree, { levels }) => {
      expect([...tree.roots()]).toEqual(indices(3));
      levels.forEach(({ parents }, l) => {
        const above = parents && numbers(parents);
        for (const prototype of indices(CLUSTERS[l]!)) {
          expect(tree.parent(l, prototype)).toBe(above ? above[prototype] : null);
          if (l === 0) expect([...tree.children(0, prototype)]).toEqual([]);
        }
        for (const prototype of indices(CLUSTERS[l + 1] ?? 0)) {
          const children = indices(CLUSTERS[l]!).filter((child) => above![child] === prototype);
          expect([...tree.children(l + 1, prototype)]).toEqual(children);
        }
      });
    }));

  test('a path holds the assignments, and the ancestors by the parents', () =>
    withTree((tree, { levels }) => {
      const assigned = levels.map((level) => numbers(level.assignments));
      let apart = 0;
      for (const point of indices(N)) {
        const { prototypes, ancestors } = tree.path(point);
        expect(prototypes).toEqual(assigned.map((level) => level[point]));
        expect(ancestors[0]).toBe(prototypes[0]);
        indices(2).forEach((l) => {
          expect(tree.parent(l, ancestors[l]!)).toBe(ancestors[l + 1]);
        });
        if (String(prototypes) !== String(ancestors)) apart++;
      }
      if (assignment === 'tree') expect(apart).toBe(0);
      else expect(apart).toBeGreaterThan(0);
    }));

  test('plain objects nest the prototypes, each once, and survive JSON', () =>
    withTree((tree) => {
      const nodes = tree.toJSON();
      expect(JSON.parse(JSON.stringify(tree))).toEqual(nodes);
      const seen: string[] = [];
      const visit = (node: (typeof nodes)[number], level: number) => {
        seen.push(`${node.level}.${node.prototype}`);
        expect(node.level).toBe(level);
        expect(node.count).toBe(tree.members(level, node.prototype).length);
        expect(node.concentration).toBe(tree.levels[level]!.concentration[node.prototype]);
        expect(node.children.map((child) => child.prototype)).toEqual([...tree.children(level, node.prototype)]);
        if (assignment === 'tree' && level > 0) expect(total(node.children.map(({ count }) => count))).toBe(node.count);
        for (const child of node.children) visit(child, level - 1);
      };
      for (const node of nodes) visit(node, 2);
      expect(seen.sort()).toEqual(CLUSTERS.flatMap((k, l) => indices(k).map((id) => `${l}.${id}`)).sort());
    }));

  test('nearest examples are the members by similarity, from a tensor and from an array', () =>
    withTree(async (tree, { levels }, features) => {
      const points = rows(features);
      const array = Float32Array.from(numbers(features));
      for (const [l, level] of levels.entries()) {
        for (const [prototype, centroid] of rows(level.centroids).entries()) {
          const members = [...tree.members(l, prototype)];
          const similarity = (point: number) => dot(points[point]!, centroid);
          const order = members.sort((a, b) => similarity(b) - similarity(a));
          for (const given of [features, array]) {
            const nearest = await tree.nearest(l, prototype, 4, given);
            expect(nearest.map(({ point }) => similarity(point))).toBeAllclose(order.slice(0, 4).map(similarity), 1e-5);
            expect(nearest.map((example) => example.similarity)).toBeAllclose(order.slice(0, 4).map(similarity), 1e-5);
            const all = await tree.nearest(l, prototype, N, given);
            expect(all.map(({ point }) => point).sort((a, b) => a - b)).toEqual([...tree.members(l, prototype)]);
          }
        }
      }
      expect(numbers(features)).toEqual([...array]);
    }));
});
