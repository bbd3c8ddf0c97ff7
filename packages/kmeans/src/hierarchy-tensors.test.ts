import { dispose, memory, ones, scalar, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { hierarchyFromTensors, hierarchyTensors } from './hierarchy-tensors.js';

/** The tensors of a hierarchy of 4 and 2 prototypes over 6 images, of width 3. */
const record = (): Record<string, Tensor> => ({
  'hierarchy.0.centroids': ones([4, 3]),
  'hierarchy.0.assignments': zeros([6], 'int32'),
  'hierarchy.0.concentration': ones([4]),
  'hierarchy.0.counts': zeros([4], 'int32'),
  'hierarchy.0.parents': zeros([4], 'int32'),
  'hierarchy.1.centroids': ones([2, 3]),
  'hierarchy.1.assignments': zeros([6], 'int32'),
  'hierarchy.1.concentration': ones([2]),
  'hierarchy.1.counts': zeros([2], 'int32'),
});

test('names the tensors and reads them back as its own', () => {
  const tensors = { ...record(), queue: ones([2]) };
  const before = memory().numTensors;
  const hierarchy = hierarchyFromTensors(tensors)!;
  expect(hierarchy.levels).toHaveLength(2);
  expect(hierarchy.levels[1]!.parents).toBeNull();
  const { queue, ...named } = tensors;
  const again = hierarchyTensors(hierarchy);
  expect(Object.keys(again).sort()).toEqual(Object.keys(named).sort());
  dispose(tensors);
  for (const [name, tensor] of Object.entries(again)) expect(tensor.isDisposed, name).toBe(false);
  expect(hierarchy.levels[0]!.centroids.dataSync()).toHaveLength(12);
  hierarchy.dispose();
  expect(memory().numTensors).toBe(before - Object.keys(tensors).length);
  expect(queue.isDisposed).toBe(true);
});

test('what is alive is kept, level by level; a record without it has all alive', () => {
  const tensors = { ...record(), 'hierarchy.1.alive': ones([2]) };
  const hierarchy = hierarchyFromTensors(tensors)!;
  expect(hierarchy.levels[0]!.alive).toBeNull();
  expect([...hierarchy.levels[1]!.alive!.dataSync()]).toEqual([1, 1]);
  const again = hierarchyTensors(hierarchy);
  expect(Object.keys(again).sort()).toEqual(Object.keys(tensors).sort());
  hierarchy.dispose();
  expect(again['hierarchy.1.alive']!.isDisposed).toBe(true);
  dispose(tensors);
});

test('a record without a hierarchy gives null', () => {
  const tensors = { queue: ones([2]), hierarchy: ones([2]) };
  expect(hierarchyFromTensors(tensors)).toBeNull();
  expect(hierarchyFromTensors({})).toBeNull();
  dispose(tensors);
});

test.each([
  ['hierarchy.0.centroids', null, 'Cannot load a hierarchy of 2 levels without hierarchy.0.centroids [?, ?]'],
  ['hierarchy.1.centroids', null, 'Cannot load a hierarchy of 2 levels without hierarchy.1.centroids [?, 3]'],
  ['hierarchy.0.parents', null, 'Cannot load a hierarchy of 2 levels without hierarchy.0.parents [4]'],
  ['hierarchy.1.counts', null, 'without hierarchy.1.counts [2]'],
  ['hierarchy.1.centroids', ones([2, 5]), 'hierarchy.1.centroids must have shape [?, 3], got [2, 5]'],
  ['hierarchy.1.assignments', zeros([5], 'int32'), 'hierarchy.1.assignments must have shape [6], got [5]'],
  ['hierarchy.0.concentration', ones([4, 1]), 'hierarchy.0.concentration must have shape [4], got [4, 1]'],
  ['hierarchy.0.parents', ones([4]), 'hierarchy.0.parents must be int32, got float32'],
  ['hierarchy.1.parents', zeros([2], 'int32'), 'hierarchy.1.parents points to a level 2 that is not there'],
  ['hierarchy.0.alive', ones([3]), 'hierarchy.0.alive must have shape [4], got [3]'],
  ['hierarchy.0.alive', zeros([4], 'int32'), 'hierarchy.0.alive must be float32, got int32'],
  ['hierarchy.5.centroids', ones([1, 3]), 'Cannot load a hierarchy of 6 levels without hierarchy.1.parents [2]'],
])('refuses levels that do not fit: %s', (name, replacement, message) => {
  const tensors = record();
  tensors[name]?.dispose();
  delete tensors[name];
  if (replacement) tensors[name] = replacement;
  const before = memory().numTensors;
  expect(() => hierarchyFromTensors(tensors)).toThrow(message);
  expect(memory().numTensors).toBe(before);
  dispose(tensors);
});

test('disposing twice does no harm', () => {
  const tensors = record();
  const hierarchy = hierarchyFromTensors(tensors)!;
  const other = scalar(1);
  const before = memory().numTensors;
  hierarchy.dispose();
  hierarchy.dispose();
  expect(memory().numTensors).toBe(before - 9);
  dispose([tensors as unknown as Tensor, other]);
});
