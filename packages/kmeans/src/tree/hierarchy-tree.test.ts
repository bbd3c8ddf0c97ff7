import { dispose, memory, type Tensor2D, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Hierarchy } from '../hierarchy.js';
import { readHierarchy } from './read-hierarchy.js';

let before = 0;
beforeEach(() => {
  before = memory().numTensors;
});
afterEach(() => {
  expect(memory().numTensors).toBe(before);
});

/** Five points, two prototypes (one empty), one above. */
function small(
  changes: Partial<Record<'assignments' | 'parents' | 'alive' | 'above' | 'centroids' | 'phi', number[]>> = {},
): Hierarchy {
  const { assignments = [0, 0, 0, 0, 0], parents = [0, 0], alive = [1, 1], above = [1] } = changes;
  const { centroids = [1, 0, 0, 1], phi = [0.1, 0.2] } = changes;
  const levels = [
    {
      centroids: tensor2d(centroids, [2, 2]),
      assignments: tensor1d(assignments, 'int32'),
      concentration: tensor1d(phi),
      counts: tensor1d([5, 0], 'int32'),
      parents: tensor1d(parents, 'int32'),
      alive: tensor1d(alive),
    },
    {
      centroids: tensor2d([1, 0], [1, 2]),
      assignments: tensor1d([0, 0, 0, 0, 0], 'int32'),
      concentration: tensor1d([0.2]),
      counts: tensor1d([5], 'int32'),
      parents: null,
      alive: tensor1d(above),
    },
  ];
  return { levels, dispose: () => dispose(levels.map((level) => ({ ...level, parents: level.parents ?? [] }))) };
}

test('the tree outlives the hierarchy; ties go to the lower point, empty prototypes have no examples', async () => {
  const hierarchy = small();
  const tree = await readHierarchy(hierarchy);
  hierarchy.dispose();
  const features = Float32Array.of(0, 1, 1, 0, 0.6, 0.8, 1, 0, 0, 1);
  const nearest = await tree.nearest(0, 0, 4, features);
  expect(nearest.map(({ point }) => point)).toEqual([1, 3, 2, 0]);
  expect(await tree.nearest(0, 1, 4, features)).toEqual([]);
  expect([...tree.members(0, 1)]).toEqual([]);
  tree.members(0, 0).fill(3);
  expect([...tree.members(0, 0)]).toEqual([0, 1, 2, 3, 4]);
});

test('a prototype of more members than are compared at a time', async () => {
  const n = 9000;
  const levels = [
    {
      centroids: tensor2d([1, 0], [1, 2]),
      assignments: tensor1d(new Int32Array(n), 'int32'),
      concentration: tensor1d([0.1]),
      counts: tensor1d([n], 'int32'),
      parents: null,
    },
  ];
  const cosines = Float32Array.from({ length: n }, (_, point) => ((point * 7919) % n) / n);
  const features = tensor2d(
    Float32Array.from({ length: 2 * n }, (_, i) => (i % 2 ? 0 : cosines[i / 2]!)),
    [n, 2],
  );
  const tree = await readHierarchy({ levels, dispose: () => {} });
  const order = [...cosines.keys()].sort((a, b) => cosines[b]! - cosines[a]!);
  expect((await tree.nearest(0, 0, n, features)).map(({ point }) => point)).toEqual(order);
  dispose(levels.map(({ parents, ...tensors }) => tensors));
  features.dispose();
});

test('what is not there is refused by its numbers', async () => {
  const hierarchy = small();
  const tree = await readHierarchy(hierarchy);
  hierarchy.dispose();
  expect(() => tree.path(5)).toThrow(new RangeError('Cannot find point 5 of 5: give 0 to 4'));
  expect(() => tree.path(0.5)).toThrow(new RangeError('Cannot find point 0.5 of 5: give 0 to 4'));
  for (const method of [tree.members, tree.children, tree.parent]) {
    expect(() => method(2, 0)).toThrow(new RangeError('Cannot find level 2 of 2: give 0 to 1'));
    expect(() => method(-1, 0)).toThrow('Cannot find level -1 of 2: give 0 to 1');
    expect(() => method(0, 2)).toThrow(new RangeError('Cannot find prototype 2 of the 2 at level 0: give 0 to 1'));
    expect(() => method(0, Number.NaN)).toThrow('Cannot find prototype NaN of the 2 at level 0: give 0 to 1');
  }
  const features = tensor2d(new Float32Array(10).fill(Number.NaN), [5, 2]);
  const narrow = tensor2d(new Float32Array(10), [10, 1]);
  const whole = tensor2d(new Int32Array(10), [5, 2], 'int32');
  const nearest = (given: Tensor2D | Float32Array, n = 3) => tree.nearest(0, 0, n, given);
  await expect(tree.nearest(0, 9, 3, features)).rejects.toThrow('Cannot find prototype 9 of the 2 at level 0');
  await expect(nearest(features, 0)).rejects.toThrow(new RangeError('n must be an integer of at least 1, got 0'));
  await expect(nearest(features)).rejects.toThrow(
    new RangeError('features must be finite, got a similarity of NaN in row 0'),
  );
  await expect(nearest(narrow)).rejects.toThrow(
    new RangeError('features must be [5, 2], those that were clustered, got [10, 1]'),
  );
  await expect(nearest(new Float32Array(8))).rejects.toThrow(
    new RangeError('features must be [5, 2], those that were clustered, got 8 values'),
  );
  await expect(nearest(whole)).rejects.toThrow(new TypeError('features must be float32, got int32'));
  dispose([features, narrow, whole]);
});

test.each<[string, () => Hierarchy, string]>([
  ['no levels', () => ({ levels: [], dispose: () => {} }), 'Cannot read a hierarchy of no levels'],
  [
    'an assignment that is not there',
    () => small({ assignments: [0, 1, 2, 0, 0] }),
    'The level 0 prototype of point 2 is 2, but there are 2: give 0 to 1',
  ],
  [
    'a parent that is not there',
    () => small({ parents: [0, -1] }),
    'The parent of level 0 prototype 1 is -1, but there are 1: give 0 to 0',
  ],
  ['an image of a dropped prototype', () => small({ alive: [0, 1] }), 'point 0 is 0, which is dropped'],
  ['a dropped parent', () => small({ above: [0] }), 'prototype 0 is 0, which is dropped: give one that is alive'],
  [
    'half a prototype',
    () => small({ alive: [0.5, 1] }),
    'Level 0 of a hierarchy needs alive to be 0 or 1, got 0.5 at 0',
  ],
  ['a mask of another length', () => small({ alive: [1] }), 'Level 0 of a hierarchy needs alive of shape [2], got [1]'],
  [
    'a prototype that is no number',
    () => small({ centroids: [1, 0, 0, Number.NaN] }),
    'Level 0 of a hierarchy needs centroids to be finite, got NaN at 3',
  ],
  [
    'a concentration of 0',
    () => small({ phi: [0, 0.2] }),
    'Level 0 of a hierarchy needs concentration to be finite and above 0, got 0 at 0',
  ],
  [
    'parents that differ in number',
    () => small({ parents: [0] }),
    'Level 0 of a hierarchy needs parents of shape [2], got [1]',
  ],
  [
    'points that differ in number',
    () => small({ assignments: [0] }),
    'Level 1 of a hierarchy needs assignments of shape [1], got [5]',
  ],
])('a hierarchy with %s is refused', async (_, make, message) => {
  const hierarchy = make();
  await expect(readHierarchy(hierarchy)).rejects.toThrow(RangeError);
  await expect(readHierarchy(hierarchy)).rejects.toThrow(message);
  hierarchy.dispose();
});

test.each([
  ['no parents below the top', (levels: Hierarchy['levels']) => [{ ...levels[0]!, parents: null }, levels[1]!], 'none'],
  ['parents at the top', (levels: Hierarchy['levels']) => [levels[0]!], 'Level 0 of a hierarchy is the last'],
] as const)('%s are refused', async (_, change, message) => {
  const hierarchy = small();
  await expect(readHierarchy({ ...hierarchy, levels: change(hierarchy.levels) })).rejects.toThrow(message);
  hierarchy.dispose();
});
